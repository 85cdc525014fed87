import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ReferencePlanner, servePlanner } from '../../sim/planner/index.ts';
import {
  CodriverError,
  type Intent,
  ManualClock,
  type PlannerStatus,
  type RouteContext,
  secondsToNs,
} from '../../src/domain/index.ts';
import { PlannerServiceService } from '../../src/generated/codriver/planner/v1/planner.ts';
import { type Delivery, type PlannerHealth, PlannerLink } from '../../src/planner/index.ts';
import { crossingMap } from '../sim/planner/crossing-map.ts';
import { intentOf } from './intents.ts';

const START_NS = 1_000_000_000n;
const STOP = { kind: 'STOP', urgency: 'PROMPT' } as const;

class Rig {
  readonly clock = new ManualClock(START_NS);
  readonly planner = new ReferencePlanner({
    map: crossingMap(),
    start: { edgeId: 'in', alongM: 5, laneIndex: 0, offsetM: 0 },
    route: ['in', 'east'],
    clock: this.clock,
    driveSide: 'LEFT',
  });
  readonly health: PlannerHealth[] = [];
  readonly undelivered: Intent[] = [];
  readonly redelivered: Delivery[] = [];
  readonly closers: (() => Promise<void>)[] = [];
  link!: PlannerLink;

  async serve(address = '127.0.0.1:0') {
    const { planner, clock } = this;
    const server = await servePlanner({ planner, address, clock });
    this.closers.push(() => server.close());
    return server;
  }

  /** heartbeatMs 0 is lockstep. */
  async connect(address: string, heartbeatMs = 0, deadlineMs = 1000): Promise<PlannerLink> {
    this.link = new PlannerLink({ address, clock: this.clock, heartbeatMs, deadlineMs });
    this.link.onHealth((health) => this.health.push(health));
    this.link.onUndelivered((intent) => this.undelivered.push(intent));
    this.link.onRedelivered((delivery) => this.redelivered.push(delivery));
    this.closers.unshift(() => this.link.close());
    await this.link.connect();
    return this.link;
  }

  drive(seconds: number): void {
    for (let i = 0; i < seconds * 20; i++) {
      this.clock.advanceBy(secondsToNs(0.05));
      this.planner.tick(0.05, { obstacles: [], signal: null, legalLimitMps: null });
    }
  }
}

async function withRig(body: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = new Rig();
  try {
    await body(rig);
  } finally {
    for (const close of rig.closers) await close();
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 250; i++) {
    if (condition()) return;
    await sleep(20);
  }
  assert.fail(`it never came to: ${what}`);
}

test('an intent is accepted, executed and done, in lockstep and by the clock given', () =>
  withRig(async (rig) => {
    const link = await rig.connect((await rig.serve()).address);
    assert.equal(rig.health.at(-1)?.state, 'UP');
    rig.drive(8);
    const delivery = await link.submit(intentOf(1, STOP, { stampNs: rig.clock.nowNs() }));
    assert.deepEqual([delivery.delivered, delivery.phase, delivery.reason], [true, 'ACCEPTED', 'INTENT']);
    const phases: string[] = [];
    for (let i = 0; i < 8; i++) {
      const { status, route } = await link.step();
      assert.equal(status.stampNs, rig.clock.nowNs());
      assert.equal(route.junctions[0]?.id, 'crossing');
      phases.push(`${status.intents[0]?.phase} ${status.motion}`);
      rig.drive(1);
    }
    assert.equal(phases[0], 'EXECUTING DRIVING');
    assert.ok(phases.includes('EXECUTING STOPPING'), phases.join());
    assert.equal(phases.at(-1), 'DONE STOPPED');
  }));

test('the planner keeps the last word: rejections, repeats and cancels come back with reasons', () =>
  withRig(async (rig) => {
    const link = await rig.connect((await rig.serve()).address);
    const turn = await link.submit(intentOf(1, { kind: 'TURN', direction: 'U_TURN' }));
    assert.deepEqual([turn.delivered, turn.phase, turn.reason], [true, 'REJECTED', 'INTERSECTION']);
    const avoid = await link.submit(intentOf(2, { kind: 'AVOID', road: 'x' }));
    assert.equal(avoid.reason, 'INTENT_NOT_SUPPORTED');
    const repeated = await link.submit(intentOf(2, STOP, { id: 'another' }));
    assert.deepEqual([repeated.phase, repeated.reason], ['REJECTED', 'INTENT_STALE']);
    await link.submit(intentOf(3, { kind: 'SET_SPEED', speedMps: 4 }));
    assert.equal(await link.cancel(['intent-3', 'unknown']), true);
    const { status } = await link.step();
    assert.deepEqual(
      status.intents.map((news) => [news.intentId, news.phase]),
      [
        ['intent-1', 'REJECTED'],
        ['intent-3', 'CANCELLED'],
      ],
    );
  }));

test('an expired intent is not sent; one that expires in the planner is reported', () =>
  withRig(async (rig) => {
    const link = await rig.connect((await rig.serve()).address);
    rig.drive(1);
    const late = await link.submit(intentOf(1, STOP, { validS: 0.5 }));
    assert.deepEqual(late, { intentId: 'intent-1', delivered: false, detail: 'EXPIRED' });
    const whenRed = { type: 'WHEN', condition: 'LIGHT_RED' } as const;
    const held = await link.submit(intentOf(2, STOP, { trigger: whenRed, validS: 3 }));
    assert.equal(held.phase, 'ACCEPTED');
    rig.drive(3);
    const news = (await link.step()).status.intents.find((one) => one.intentId === 'intent-2');
    assert.deepEqual([news?.phase, news?.reason], ['EXPIRED', 'INTENT_EXPIRED']);
    assert.equal(rig.planner.vehicle().speedMps > 3, true);
  }));

test('a damaged intent is not sent and not kept', () =>
  withRig(async (rig) => {
    const link = await rig.connect((await rig.serve()).address);
    const delivery = await link.submit(intentOf(1, { kind: 'SET_SPEED', speedMps: Number.NaN }));
    assert.equal(delivery.delivered, false);
    assert.match(delivery.detail, /Intent\.maneuver\.speedMps/);
    await link.step();
    assert.deepEqual([rig.undelivered, rig.redelivered], [[], []]);
  }));

test('live: status and route stream, with the limit of the road', () =>
  withRig(async (rig) => {
    const statuses: PlannerStatus[] = [];
    const routes: RouteContext[] = [];
    const { address } = await rig.serve();
    const link = new PlannerLink({ address, clock: rig.clock, heartbeatMs: 50, deadlineMs: 1000 });
    rig.closers.unshift(() => link.close());
    link.onStatus((status) => statuses.push(status));
    link.onRoute((route) => routes.push(route));
    await link.connect();
    await until(() => statuses.length > 0 && routes.length > 0, 'first messages');
    rig.drive(4);
    await until(() => statuses.at(-1)?.behavior === 'LANE_FOLLOWING', 'news of the drive');
    await until(() => (routes.at(-1)?.stampNs ?? 0n) > START_NS, 'the route as the car moves');
    assert.ok(Math.abs(routes[0]!.mapLimitMps! - 50 / 3.6) < 1e-9);
  }));

test('the planner dies midway: not delivered, DOWN, reported once expired; it comes back: valid ones are sent in order', () =>
  withRig(async (rig) => {
    const first = await rig.serve();
    const link = await rig.connect(first.address, 40, 300);
    assert.equal((await link.submit(intentOf(1, { kind: 'SET_SPEED', speedMps: 9 }))).delivered, true);
    await first.close();
    const short = await link.submit(intentOf(2, { kind: 'SET_SPEED', speedMps: 8 }, { validS: 1 }));
    const long = await link.submit(intentOf(3, { kind: 'SET_SPEED', speedMps: 7 }, { validS: 60 }));
    const longer = await link.submit(intentOf(4, { kind: 'SIGNAL', signal: 'HORN' }, { validS: 60 }));
    for (const delivery of [short, long, longer]) {
      assert.equal(delivery.delivered, false);
      assert.match(delivery.detail, /UNAVAILABLE|CANCELLED/);
    }
    await until(() => rig.health.at(-1)?.state === 'DOWN', 'DOWN');
    assert.deepEqual(rig.undelivered, [], 'still valid, so not yet given up');
    rig.clock.advanceBy(secondsToNs(2));
    await until(() => rig.undelivered.length > 0, 'the short one reported');
    assert.deepEqual(
      rig.undelivered.map(({ id }) => id),
      ['intent-2'],
    );
    await rig.serve(first.address);
    await until(() => rig.redelivered.length === 2, 'both sent again');
    assert.deepEqual(
      rig.redelivered.map(({ intentId, phase }) => [intentId, phase]),
      [
        ['intent-3', 'ACCEPTED'],
        ['intent-4', 'ACCEPTED'],
      ],
    );
    assert.deepEqual(
      rig.health.map(({ state }) => state),
      ['UP', 'DOWN', 'UP'],
    );
    assert.equal(rig.undelivered.length, 1);
  }));

test('a stop asked for while the planner is down voids what was kept before it', () =>
  withRig(async (rig) => {
    const link = await rig.connect('127.0.0.1:9', 0, 200);
    assert.deepEqual(
      rig.health.map(({ state }) => state),
      ['DOWN'],
    );
    await link.submit(intentOf(1, { kind: 'RESUME' }, { validS: 60 }));
    await link.submit(intentOf(2, STOP, { validS: 60 }));
    assert.deepEqual(
      rig.undelivered.map(({ id }) => id),
      ['intent-1'],
    );
    await link.close();
    assert.deepEqual(
      rig.undelivered.map(({ id }) => id),
      ['intent-1', 'intent-2'],
      'nothing kept is lost silently',
    );
  }));

test('lockstep: a dead planner makes step() fail with one coded error, and the expired are reported', () =>
  withRig(async (rig) => {
    const server = await rig.serve();
    const link = await rig.connect(server.address, 0, 300);
    await link.step();
    await server.close();
    await link.submit(intentOf(1, STOP));
    rig.clock.advanceBy(secondsToNs(6));
    await assert.rejects(link.step(), (error: unknown) => {
      assert.ok(error instanceof CodriverError);
      assert.equal(error.code, 'PLANNER_UNREACHABLE');
      return error.message.includes(server.address);
    });
    assert.deepEqual(
      rig.undelivered.map(({ id }) => id),
      ['intent-1'],
    );
    assert.equal(rig.health.at(-1)?.state, 'DOWN');
  }));

test('half open: a peer that takes the connection and never answers is DOWN within the deadline', () =>
  withRig(async (rig) => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket.on('error', () => {})));
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const startMs = performance.now();
    const link = await rig.connect(`127.0.0.1:${port}`, 50, 150);
    const delivery = await link.submit(intentOf(1, STOP, { validS: 60 }));
    assert.ok(performance.now() - startMs < 1500);
    assert.equal(delivery.delivered, false);
    assert.match(delivery.detail, /DEADLINE_EXCEEDED|UNAVAILABLE/);
    assert.equal(link.health.state, 'DOWN');
    mute.close();
    for (const socket of sockets) socket.destroy();
    await rig.serve(`127.0.0.1:${port}`);
    await until(() => rig.redelivered.length === 1, 'delivered to the planner that took its place');
  }));

test('an answer with an unknown word is a delivery without a phase, not an exception', () =>
  withRig(async (rig) => {
    const server = new Server();
    const unimplemented = (_call: unknown, done: (error: { code: number }) => void) => done({ code: 12 });
    server.addService(PlannerServiceService, {
      ...Object.fromEntries(Object.keys(PlannerServiceService).map((name) => [name, unimplemented])),
      heartbeat: (_call: unknown, done: (error: null, reply: object) => void) => done(null, { stampNs: 1n }),
      submitIntent: (_call: unknown, done: (error: null, reply: object) => void) =>
        done(null, { phase: 77, reason: 1, detail: '' }),
    });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    rig.closers.push(async () => server.forceShutdown());
    const link = await rig.connect(`127.0.0.1:${port}`);
    assert.equal(link.health.state, 'UP', 'a planner without the health service counts as serving');
    const delivery = await link.submit(intentOf(1, STOP));
    assert.equal(delivery.delivered, true);
    assert.equal(delivery.phase, undefined);
    assert.match(delivery.detail, /IntentPhase = 77/);
  }));

test('the reference planner is served on this machine only', async () => {
  const rig = new Rig();
  await assert.rejects(
    rig.serve('0.0.0.0:0'),
    (error: unknown) => (error as CodriverError).code === 'BAD_ARGUMENT',
  );
});
