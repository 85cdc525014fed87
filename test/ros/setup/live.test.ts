import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { rosPaths } from '../../../ros/setup/paths.ts';
import { rosLoadError, rosStatus } from '../../../ros/setup/status.ts';
import { need, repositoryRoot } from '../../support/require.ts';

const run = promisify(execFile);
const here = import.meta.dirname;
// Another run of the tests on this machine must not be heard.
const env = { ...process.env, ROS_DOMAIN_ID: String(1 + (process.pid % 100)) };

test('the addon loads in the environment that was set up', { skip: need('ros') }, () => {
  assert.equal(rosStatus(repositoryRoot).problem, null);
  assert.equal(rosLoadError(repositoryRoot), null);
});

test('what Python says in codriver_msgs, Node hears', { skip: need('ros'), timeout: 20_000 }, async () => {
  const [, heard] = await Promise.all([
    run(rosPaths(repositoryRoot).python, [path.join(here, 'speaker.py')], { env, timeout: 15_000 }),
    run(
      'sh',
      [
        ...['-c', '. bin/environment.sh; exec "$0" --import tsx "$1"'],
        ...[process.execPath, path.join(here, 'listener.mjs')],
      ],
      { cwd: repositoryRoot, env: { ...env, CODRIVER_ROS: '1' }, timeout: 15_000 },
    ),
  ]);
  const { id, text, confidence, alternatives, live } = JSON.parse(heard.stdout) as Record<string, unknown>;
  assert.deepEqual(
    { id, text, confidence, alternatives, live },
    {
      id: 'u1',
      text: '次の信号を左に曲がって',
      confidence: 0.75,
      alternatives: [{ text: '次の信号を右に曲がって', confidence: 0.5 }],
      live: true,
    },
  );
});
