/**
 * `npm test`: formatting and lint, types, the import law, protos, then every test.
 * Prints one line for each part that is not set up, and closes with `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Part, repositoryRoot, SETUPS } from '../test/support/require.ts';

const bin = (name: string): string => path.join(repositoryRoot, 'node_modules', '.bin', name);
const requireAll = process.env.CODRIVER_REQUIRE === 'all';
let passed = 0;
let failed = 0;

function check(title: string, command: string, args: string[], cwd = repositoryRoot): void {
  const startedMs = performance.now();
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  const ok = result.status === 0;
  ok ? passed++ : failed++;
  console.log(`${ok ? '✔' : '✖'} ${title} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  if (!ok) console.log(`${result.error ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`);
}

function testFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))
    .sort();
}

function runTests(): void {
  const scratch = mkdtempSync(path.join(tmpdir(), 'codriver-test-'));
  const tap = path.join(scratch, 'tests.tap');
  const result = spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      '--expose-gc',
      '--test',
      '--test-concurrency=2',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${tap}`,
      ...testFiles(path.join(repositoryRoot, 'test')),
    ],
    { cwd: repositoryRoot, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const summary = readFileSync(tap, 'utf8');
  rmSync(scratch, { recursive: true });
  const counted = (word: string): number =>
    Number(summary.match(new RegExp(`^# ${word} (\\d+)$`, 'm'))?.[1] ?? 0);
  passed += counted('pass');
  failed += counted('fail') + counted('cancelled');
  const skips = [...summary.matchAll(/# SKIP (.*)$/gm)].map((match) => match[1] ?? '');
  if (skips.length > 0) {
    console.log(`${skips.length} tests were skipped:`);
    for (const reason of new Set(skips))
      console.log(`  ${skips.filter((other) => other === reason).length} × ${reason}`);
    // The shared data is no part of the project, and what a machine's kernel lacks can't be set up.
    if (requireAll) failed += skips.filter((reason) => !/^(shared|machine)\b/.test(reason)).length;
  }
  if (counted('tests') === 0 || (result.status !== 0 && failed === 0)) {
    console.log(`The test runner closed with status ${result.status} after ${counted('tests')} tests.`);
    failed++;
  }
}

check('format and lint (biome)', bin('biome'), ['check', '--error-on-warnings', '.']);
check('types (tsc)', bin('tsc'), ['--noEmit', '-p', '.']);
check('import law (dependency-cruiser)', bin('depcruise'), [
  '--config',
  '.dependency-cruiser.mjs',
  'src',
  'sim',
]);
check('protos (buf lint)', bin('buf'), ['lint'], path.join(repositoryRoot, 'proto'));
runTests();

for (const part of Object.keys(SETUPS) as Part[]) {
  if (!SETUPS[part].present()) console.log(`not set up: ${part} → ${SETUPS[part].command}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
