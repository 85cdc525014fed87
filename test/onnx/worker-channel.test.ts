import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setThreadBudget, spawnWorker, threadsWithinBudget } from '../../src/onnx/index.ts';

const entry = new URL('./fixtures/mortal-worker.ts', import.meta.url);
const spawn = () => spawnWorker({ entry, subject: 'a test', settings: { greeting: 'こんにちは' } });

test('calls are answered in order, unknown methods are refused', async () => {
  const worker = spawn();
  assert.deepEqual(await Promise.all(['a', 'b'].map((name) => worker.call('greet', name))), [
    'こんにちは, a',
    'こんにちは, b',
  ]);
  await assert.rejects(worker.call('nothing'), { code: 'INTERNAL', message: /"nothing"/ });
  await worker.close();
  await worker.close();
  await assert.rejects(worker.call('greet', 'c'), { code: 'MODEL_FAILED', message: /closed/ });
});

test('a worker that dies fails the calls under way and every later one at once', async () => {
  const worker = spawn();
  const calls = [worker.call('die'), worker.call('greet', 'late')];
  for (const call of calls) await assert.rejects(call, { code: 'MODEL_FAILED', message: /exit code 3/ });
  const start = performance.now();
  await assert.rejects(worker.call('greet', 'later'), { code: 'MODEL_FAILED', remedy: /doctor/ });
  assert.ok(performance.now() - start < 50);
  await worker.close();
});

test('a process started elsewhere runs TypeScript workers, and an idle one does not keep it alive', async () => {
  const index = new URL('../../src/onnx/index.ts', import.meta.url).href;
  const script = `import(${JSON.stringify(index)}).then(async ({ spawnWorker }) => {
    const worker = spawnWorker({ entry: new URL(${JSON.stringify(entry.href)}), subject: 'x', settings: { greeting: 'hi' } });
    console.log(await worker.call('greet', 'you'));
  });`;
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, '-e', script], {
    cwd: '/',
    timeout: 20_000,
  });
  assert.equal(stdout, 'hi, you\n');
});

test('the thread budget bounds every session', () => {
  setThreadBudget(3);
  assert.equal(threadsWithinBudget(), 3);
  assert.equal(threadsWithinBudget(8), 3);
  assert.equal(threadsWithinBudget(1), 1);
  assert.throws(() => setThreadBudget(0), { code: 'BAD_ARGUMENT' });
  assert.throws(() => threadsWithinBudget(1.5), { code: 'BAD_ARGUMENT' });
});
