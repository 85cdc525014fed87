import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { need } from '../support/require.ts';
import { Codriver, graphEnvironment, Peer } from './graph.ts';

suite('a codriver node with rclpy as its peer', { skip: need('ros') }, () => {
  const env = graphEnvironment();
  let peer: Peer;
  let car: Codriver;

  before(async () => {
    peer = new Peer(env);
    car = new Codriver(['run', '--ros', '--no-model'], env);
    await car.says('/codriver is active');
  });
  after(async () => {
    assert.equal(await car.close(), 0, car.stderr);
    await peer.close();
  });

  test('an utterance on the topic comes out as verdict, reply and intent', async () => {
    await peer.subscribe('/codriver/output/verdict', 'codriver_msgs/msg/Verdict');
    await peer.subscribe('/codriver/output/reply', 'codriver_msgs/msg/Reply');
    await peer.subscribe('/codriver/output/intent', 'codriver_msgs/msg/Intent');
    await peer.publish('/codriver/input/utterance', 'codriver_msgs/msg/Utterance', {
      id: 'u1',
      text: '止まって',
      language: 'ja',
      confidence: 0.9,
      seat: 'FRONT_RIGHT',
      authority: 'DRIVER_OR_OWNER',
      live: true,
    });
    const verdict = await peer.hear('/codriver/output/verdict', ({ origin_id }) => origin_id === 'u1');
    assert.equal(verdict.outcome, 'EXECUTE');
    const intent = await peer.hear('/codriver/output/intent', ({ origin_id }) => origin_id === 'u1');
    assert.equal(intent.kind, 'STOP');
  });
});
