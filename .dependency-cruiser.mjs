// The import law of docs/design.md: arrows point one way through the house.
const rooms = {
  domain: [],
  law: ['domain'],
  io: ['domain'],
  onnx: ['domain'],
  models: ['domain'],
  perception: ['domain', 'law', 'onnx', 'models'],
  scene: ['domain', 'law'],
  prompt: ['domain'],
  llm: ['domain', 'onnx', 'models'],
  reflex: ['domain'],
  gate: ['domain', 'law'],
  planner: ['domain', 'generated'],
  generated: [],
  assistant: [
    'domain',
    'law',
    'io',
    'onnx',
    'models',
    'perception',
    'scene',
    'prompt',
    'llm',
    'reflex',
    'gate',
    'planner',
  ],
  evaluation: ['domain', 'law', 'io', 'models', 'scene', 'prompt', 'llm', 'reflex', 'gate', 'assistant'],
};

const roomRules = Object.entries(rooms).map(([room, may]) => ({
  name: `${room}-imports-only-${may.join('-') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^(src|sim|bench|test)/', pathNot: `^src/(${[room, ...may].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...roomRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'llm-knows-nothing-of-driving',
      severity: 'error',
      from: { path: '^src/llm/' },
      to: { path: '^src/domain/', pathNot: '^src/domain/(errors|clock)\\.ts$' },
    },
    {
      name: 'domain-needs-zod-only',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg'],
        pathNot: 'node_modules/zod/',
      },
    },
    {
      name: 'only-ros-knows-rclnodejs',
      severity: 'error',
      from: { pathNot: '^src/io/ros/' },
      to: { path: 'rclnodejs' },
    },
    {
      name: 'sim-uses-src-except-cli',
      severity: 'error',
      from: { path: '^sim/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'nothing-imports-cli',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/', pathNot: '^src/cli/(main)\\.ts$' },
    },
    {
      name: 'cli-imports-sim-dynamically',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^sim/', dynamic: false },
    },
    {
      name: 'src-never-imports-tests-or-bench',
      severity: 'error',
      from: { path: '^(src|sim)/' },
      to: { path: '^(test|bench)/', pathNot: '^bench/offload/(compare|table|picture)\\.ts$' },
    },
    {
      name: 'only-cli-imports-the-offload-bench-and-dynamically',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/models-bench-command\\.ts$' },
      to: { path: '^bench/' },
    },
    {
      name: 'cli-imports-bench-dynamically',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^bench/', dynamic: false },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: { path: '^(src|sim)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
