import { CodriverError, Config } from '../../domain/index.ts';
import { PARAMETER_TYPES, type RclValue } from './rcl.ts';

/** Fields that are no part of the configuration, because only the node has them. */
export interface NodeSettings {
  /** Configures and activates by itself; false: a lifecycle manager does. */
  readonly autostart: boolean;
  /** Messages of a camera and of any other input that wait to be dealt with; newer ones push out the oldest. */
  readonly cameraDepth: number;
  readonly inputDepth: number;
  /** Without a message for so long an input is stale, in seconds. */
  readonly cameraTimeoutS: number;
  readonly signsTimeoutS: number;
  /** How often the scene is published, in hertz; 0: never. */
  readonly sceneHz: number;
}

/** One parameter of the node. */
export interface ParameterSpec {
  readonly name: string;
  readonly type: keyof typeof PARAMETER_TYPES;
  /** Smallest and largest value, of numbers. */
  readonly range?: readonly [number, number];
  /** Taken while the node runs; others hold until it is configured again. */
  readonly live: boolean;
  readonly about: string;
  /** Where its value lies: in the configuration, or in {@link NodeSettings}. */
  readonly at: readonly ['config', ...string[]] | readonly ['node', keyof NodeSettings];
}

const number = (
  name: string,
  at: ParameterSpec['at'],
  range: readonly [number, number],
  about: string,
): ParameterSpec => ({ name, type: 'double', range, live: true, about, at });

const whole = (
  name: string,
  at: ParameterSpec['at'],
  range: readonly [number, number],
  about: string,
): ParameterSpec => ({ name, type: 'integer', range, live: true, about, at });

/** All parameters, as `ros2 param describe` shows them. Defaults are the configuration's. */
export const PARAMETERS: readonly ParameterSpec[] = [
  {
    name: 'autostart',
    type: 'boolean',
    live: false,
    about: 'Configures and activates by itself. False: a lifecycle manager does.',
    at: ['node', 'autostart'],
  },
  {
    name: 'model',
    type: 'string',
    live: false,
    about: 'Language model: a name of the catalogue, a GGUF file or a folder.',
    at: ['config', 'thought', 'model'],
  },
  {
    name: 'planner_address',
    type: 'string',
    live: false,
    about: 'Where intents go over gRPC: host:port or unix:/path.',
    at: ['config', 'planner', 'address'],
  },
  number(
    'max_speed_kmh',
    ['config', 'vehicle', 'maxSpeedKmh'],
    [1, 200],
    'No intent asks for more, km/h, whatever the law allows.',
  ),
  number(
    'min_speech_confidence',
    ['config', 'gate', 'minSpeechConfidence'],
    [0, 1],
    'Speech below it may only make the car more careful.',
  ),
  number(
    'min_plate_confidence',
    ['config', 'gate', 'minPlateConfidence'],
    [0, 1],
    'A plate read with less counts as unread: its sign holds without exception.',
  ),
  number(
    'min_time_gap_s',
    ['config', 'gate', 'minTimeGapS'],
    [0.5, 5],
    'Least time gap to the vehicle in front, seconds.',
  ),
  whole(
    'intent_ttl_ms',
    ['config', 'gate', 'intentTtlMs'],
    [100, 60_000],
    'How long an intent is valid, milliseconds.',
  ),
  whole(
    'held_intent_ttl_ms',
    ['config', 'gate', 'heldIntentTtlMs'],
    [100, 600_000],
    'The same for one that waits for its trigger, milliseconds.',
  ),
  whole(
    'thought_deadline_ms',
    ['config', 'thought', 'deadlineMs'],
    [100, 120_000],
    'A later answer of the model is dropped, milliseconds.',
  ),
  {
    name: 'thought_may_act',
    type: 'boolean',
    live: true,
    about: "Whether the model's wishes may go to the planner without a yes.",
    at: ['config', 'thought', 'mayAct'],
  },
  whole(
    'camera_depth',
    ['node', 'cameraDepth'],
    [1, 100],
    'Pictures that wait at most; newer ones push out the oldest.',
  ),
  whole('input_depth', ['node', 'inputDepth'], [1, 1000], 'Messages of any other input that wait at most.'),
  number(
    'camera_timeout_s',
    ['node', 'cameraTimeoutS'],
    [0.1, 60],
    'Without a picture for so long the camera is stale, seconds.',
  ),
  number(
    'signs_timeout_s',
    ['node', 'signsTimeoutS'],
    [0.1, 60],
    'Without detections for so long they are stale, seconds.',
  ),
  number('scene_hz', ['node', 'sceneHz'], [0, 30], 'How often ~/output/scene is published, hertz; 0: never.'),
];

/** What the node has where nobody sets anything. */
export const NODE_DEFAULTS: NodeSettings = {
  autostart: true,
  cameraDepth: 5,
  inputDepth: 10,
  cameraTimeoutS: 1,
  signsTimeoutS: 5,
  sceneHz: 2,
};

/** Everything that parameters set. */
export interface Settings {
  readonly config: Config;
  readonly node: NodeSettings;
}

/** A parameter as it is to be. */
export interface NamedValue {
  readonly name: string;
  readonly type: number;
  readonly value: RclValue;
}

/** Why values can't be taken, in one sentence; undefined where they can. Names that are not ours are left alone. */
export function refusal(values: readonly NamedValue[], running: boolean): string | undefined {
  for (const { name, type, value } of values) {
    const spec = PARAMETERS.find((one) => one.name === name);
    if (spec === undefined) continue;
    const wrong = wrongValue(spec, type, value);
    if (wrong !== undefined) return wrong;
    if (running && !spec.live)
      return `${name} holds until the node is configured again: deactivate it and clean it up first.`;
  }
  return undefined;
}

function wrongValue(spec: ParameterSpec, type: number, value: RclValue): string | undefined {
  const { name, range } = spec;
  if (type !== PARAMETER_TYPES[spec.type])
    return `${name} is a ${spec.type}, not ${typeName(type)}${spec.type === 'double' && type === PARAMETER_TYPES.integer ? ': write a decimal point' : ''}.`;
  if (range !== undefined) {
    const [least, most] = range;
    // NaN compares with nothing.
    if (!(Number(value) >= least && Number(value) <= most))
      return `${name} must lie between ${least} and ${most}, not ${value}.`;
  }
  if (spec.type === 'string' && String(value).trim() === '') return `${name} must not be empty.`;
  return undefined;
}

function typeName(type: number): string {
  const found = Object.entries(PARAMETER_TYPES).find(([, number]) => number === type);
  return found === undefined ? 'a list or nothing' : `a ${found[0]}`;
}

/** The value that a parameter has in settings. */
export function settingOf(spec: ParameterSpec, settings: Settings): boolean | number | string {
  const [root, ...keys] = spec.at;
  let value: unknown = settings[root];
  for (const key of keys) value = (value as Record<string, unknown>)[key];
  return value as boolean | number | string;
}

/**
 * Settings with these values in them, checked as a configuration is. Errors: BAD_CONFIG, which {@link refusal} has told
 * of before.
 */
export function withValues(settings: Settings, values: readonly NamedValue[]): Settings {
  const next = structuredClone(settings) as unknown as {
    config: Record<string, unknown>;
    node: Record<string, unknown>;
  };
  for (const { name, value } of values) {
    const spec = PARAMETERS.find((one) => one.name === name);
    if (spec === undefined) continue;
    const [root, ...keys] = spec.at;
    let place: Record<string, unknown> = next[root];
    for (const key of keys.slice(0, -1)) place = place[key] as Record<string, unknown>;
    place[keys.at(-1) as string] = typeof value === 'bigint' ? Number(value) : value;
  }
  const config = Config.safeParse(next.config);
  if (!config.success)
    throw new CodriverError(
      'BAD_CONFIG',
      `The parameters make no configuration: ${config.error.issues[0]?.message}.`,
      {
        remedy: 'Compare them with the table in ros/codriver/README.md.',
      },
    );
  return { config: config.data, node: next.node as unknown as NodeSettings };
}

/** JSON Schema of a parameter file, as `--params-file` takes it. */
export function parameterFileSchema(defaults: Settings): object {
  const properties = Object.fromEntries(
    PARAMETERS.map((spec) => {
      const { name, type, range, about } = spec;
      const numbers = range === undefined ? {} : { minimum: range[0], maximum: range[1] };
      const named = type === 'double' ? 'number' : type;
      return [name, { type: named, description: about, default: settingOf(spec, defaults), ...numbers }];
    }),
  );
  const parameters = {
    type: 'object',
    properties: { use_sim_time: { type: 'boolean', default: false }, ...properties },
    additionalProperties: false,
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Parameters of the codriver node',
    type: 'object',
    patternProperties: {
      '^(/\\*\\*|/?([a-z_0-9]+/)*codriver)$': {
        type: 'object',
        properties: { ros__parameters: parameters },
        required: ['ros__parameters'],
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  };
}
