import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { need, repositoryRoot, sharedData } from '../support/require.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-cli-replay-model-'));
after(() => rmSync(folder, { recursive: true }));

test('a real log with the real model against none: told by origin, with the model as the cause', {
  skip: need('shared', 'model'),
}, () => {
  const say = path.join(folder, 'say.yaml');
  writeFileSync(say, '- {at: 2, text: 次の信号を左に曲がって}\n- {at: 5, text: stop}\n');
  const log = sharedData('mcap-real', 'comma2k19_seg40.mcap');
  const args = ['replay', log, '--to', '10', '--say', say, '--what-if', 'model=none', '--no-plates'];
  const bin = path.join(repositoryRoot, 'bin', 'codriver');
  const { status, stdout, stderr } = spawnSync(bin, [...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /model\s+smollm2-135m-instruct → none/);
  assert.match(stdout, /→ DROPPED\n.*because B runs no model/);
  assert.doesNotMatch(stdout, /“stop”/, 'reflexes need no model');
});
