import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { need } from '../support/require.ts';
import { Codriver, endLeftovers, graphEnvironment, Peer } from './graph.ts';
import { type RunningPlanner, startPlanner } from './planner.ts';

suite('the node with its model', { skip: need('ros', 'model', 'ocr'), timeout: 120_000 }, () => {
  const env = graphEnvironment();
  let planner: RunningPlanner;
  let peer: Peer;
  let car: Codriver;

  before(async () => {
    planner = await startPlanner();
    peer = new Peer(env);
    const args = ['-p', `planner_address:=${planner.address}`, '-p', 'thought_deadline_ms:=60000'];
    car = new Codriver(['run', '--ros', '--ros-args', ...args], env);
    await car.says('/codriver is active');
  });
  after(() => planner.close());
  after(() => peer.close());
  after(async () => assert.equal(await car.close(), 0, car.stderr));
  after(endLeftovers);

  test('it is active before the model is loaded, and says when that is there', async () => {
    await car.says('MODEL_READY');
    const active = car.stderr.indexOf('/codriver is active');
    assert.ok(active >= 0);
    assert.match(car.stdout, /MODEL_LOADING[\s\S]*MODEL_READY/);
    await peer.subscribe('/codriver/output/status', 'codriver_msgs/msg/Status', { latched: true, depth: 1 });
    const status = await peer.hear('/codriver/output/status', ({ mode }) => mode === 'FULL');
    assert.equal(status.model, 'smollm2-135m-instruct');
    assert.match(String(status.model_sha256), /^[0-9a-f]{64}$/);
  });

  test('what is no reflex is thought about', async () => {
    await peer.subscribe('/codriver/output/journal', 'codriver_msgs/msg/Journal', { depth: 100 });
    const request = { text: '次の信号を左に曲がって', seat: 'FRONT_RIGHT', confidence: 0.9 };
    const answer = await peer.do('call', {
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
