import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodriverError, type TimeNs } from '../../../src/domain/index.ts';
import { InputChannel } from '../../../src/io/ros/input-channel.ts';
import { type ClockJump, RosClock } from '../../../src/io/ros/ros-clock.ts';
import { clockOf } from '../../../src/io/ros/sim-time.ts';
import type { DomainMessage } from '../../../src/io/ros-messages/domain-message.ts';

/** A channel whose messages are one byte, taken as slowly as `takeMs`. */
function channelOf(depth: number, takeMs: number) {
  const taken: number[] = [];
  const bad: CodriverError[] = [];
  let nowNs: TimeNs = 0n;
  const channel = new InputChannel({
    topic: '/t',
    depth: () => depth,
    nowNs: () => nowNs,
    decode: (cdr) => {
      if (cdr[0] === 255) throw new CodriverError('BAD_MESSAGE', 'broken');
      return cdr[0] === 254 ? null : ({ kind: 'number', value: cdr[0] } as unknown as DomainMessage);
    },
    take: async (message) => {
      taken.push((message as unknown as { value: number }).value);
      await sleep(takeMs);
    },
    onBad: (error) => void bad.push(error),
  });
  const push = (value: number): void => channel.push(Uint8Array.of(value));
  return {
    channel,
    taken,
    bad,
    push,
    at: (ns: TimeNs) => {
      nowNs = ns;
    },
  };
}

test('a flood: the newest are taken, in their order, and the others counted', async () => {
  const { channel, taken, push } = channelOf(3, 1);
  for (let i = 0; i < 200; i++) push(i);
  await sleep(50);
  assert.deepEqual(taken, [197, 198, 199]);
  assert.equal(channel.counts.received, 200);
  assert.equal(channel.counts.dropped, 197);
});

test('one after another: the next is not begun while one is under way, and newer ones push out what waits', async () => {
  const { channel, taken, push } = channelOf(2, 30);
  push(1);
  await sleep(5);
  for (const value of [2, 3, 4, 5]) push(value);
  assert.deepEqual(taken, [1]);
  await sleep(120);
  assert.deepEqual(taken, [1, 4, 5]);
  assert.equal(channel.counts.dropped, 2);
});

test('broken messages are told of and counted; a good one clears the fault; silent ones are not taken', async () => {
  const { channel, taken, bad, push } = channelOf(10, 0);
  push(255);
  push(254);
  await sleep(5);
  assert.equal(channel.counts.bad, 1);
  assert.equal(bad[0]?.code, 'BAD_MESSAGE');
  assert.equal(channel.lastBad, undefined);
  push(255);
  await sleep(5);
  assert.equal((channel.lastBad as CodriverError | undefined)?.code, 'BAD_MESSAGE');
  push(7);
  await sleep(5);
  assert.equal(channel.lastBad, undefined);
  assert.deepEqual(taken, [7]);
});

test('a taker that throws harms only its message', async () => {
  const { channel, push } = channelOf(10, 0);
  const broken = new InputChannel({
    topic: '/t',
    depth: () => 5,
    nowNs: () => 0n,
    decode: () => ({ kind: 'x' }) as unknown as DomainMessage,
    take: () => Promise.reject(new Error('no')),
    onBad: () => {},
  });
  broken.push(Uint8Array.of(1));
  broken.push(Uint8Array.of(2));
  push(3);
  await sleep(10);
  assert.equal(broken.counts.bad, 2);
  assert.equal(channel.counts.bad, 0);
});

test('the rate is over whole seconds; what is lost on the way is added; closed, nothing is taken', async () => {
  const { channel, taken, push, at } = channelOf(100, 0);
  for (let i = 0; i <= 20; i++) {
    at(BigInt(i) * 100_000_000n);
    push(1);
  }
  assert.equal(Math.round(channel.rateHz), 10);
  channel.lost(4);
  assert.equal(channel.counts.lost, 4);
  channel.close();
  push(2);
  await sleep(10);
  assert.ok(!taken.includes(2));
});

test('ROS time never goes back; that it wanted to is told once, that it leapt each time', () => {
  let ns: TimeNs = 0n;
  const jumps: ClockJump[] = [];
  const clock = new RosClock(
    () => ns,
    (jump) => void jumps.push(jump),
  );
  assert.equal(clock.nowNs(), 0n);
  ns = 5_000_000_000_000n;
  assert.equal(clock.nowNs(), ns);
  assert.deepEqual(jumps, []);
  ns += 11_000_000_000n;
  clock.nowNs();
  assert.deepEqual(jumps, [{ byNs: 11_000_000_000n }]);
  ns -= 50_000_000n;
  assert.equal(clock.nowNs(), 5_011_000_000_000n);
  assert.equal(jumps.length, 1);
  ns = 1_000_000_000n;
  for (let i = 0; i < 3; i++) assert.equal(clock.nowNs(), 5_011_000_000_000n);
  assert.deepEqual(jumps.at(-1), { byNs: 1_000_000_000n - 5_011_000_000_000n });
  assert.equal(jumps.length, 2);
});

test('/clock is read in both byte orders, and not where it is cut short', () => {
  assert.equal(clockOf(Uint8Array.of(0, 1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0)), 2_000_000_003n);
  assert.equal(clockOf(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3)), 2_000_000_003n);
  assert.equal(clockOf(Uint8Array.of(0, 1, 0, 0, 2, 0, 0, 0)), undefined);
});
