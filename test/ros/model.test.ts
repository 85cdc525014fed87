import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { need } from '../support/require.ts';
import { rigged } from './rig.ts';

suite('the node with its model', { skip: need('ros', 'model', 'ocr'), timeout: 120_000 }, () => {
  const rig = rigged([], ['-p', 'thought_deadline_ms:=60000']);

  before(() => rig.car.says('/codriver is active'));

  test('it is active before the model is loaded, and says when that is there', async () => {
    await rig.car.says('MODEL_READY');
    const active = rig.car.stderr.indexOf('/codriver is active');
    assert.ok(active >= 0);
    assert.match(rig.car.stdout, /MODEL_LOADING[\s\S]*MODEL_READY/);
    await rig.peer.subscribe('/codriver/output/status', 'codriver_msgs/msg/Status', {
      latched: true,
      depth: 1,
    });
    const status = await rig.peer.hear('/codriver/output/status', ({ mode }) => mode === 'FULL');
    assert.equal(status.model, 'smollm2-135m-instruct');
    assert.match(String(status.model_sha256), /^[0-9a-f]{64}$/);
  });

  test('what is no reflex is thought about', async () => {
    await rig.peer.subscribe('/codriver/output/journal', 'codriver_msgs/msg/Journal', { depth: 100 });
    const request = { text: '次の信号を左に曲がって', seat: 'FRONT_RIGHT', confidence: 0.9 };
    const answer = await rig.peer.do('call', {
      service: '/codriver/say',
      type: 'codriver_msgs/srv/Say',
      request,
      timeout: 60,
    });
    const { success, verdict_json: verdict } = answer.response as { success: boolean; verdict_json: string };
    assert.equal(success, true, JSON.stringify(answer));
    assert.equal(JSON.parse(verdict).source, 'THOUGHT');
  });
});
