import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalEntry } from '../../../src/domain/index.ts';
import { diagnosticArray, type InputReport, inputStatus } from '../../../src/io/ros/diagnostics.ts';
import { HealthBoard } from '../../../src/io/ros/health-board.ts';
import { encodeRos } from '../../../src/io/ros-messages/encode.ts';

const NOW_NS = 100_000_000_000n;

const report = (fields: Partial<InputReport> = {}): InputReport => ({
  topic: '/camera',
  publishers: 1,
  lastNs: NOW_NS - 100_000_000n,
  rateHz: 30,
  p99Ms: 1.5,
  received: 300,
  dropped: 0,
  lost: 0,
  bad: 0,
  recentlyMissed: 0,
  ...fields,
});

for (const [what, fields, timeoutS, level, message] of [
  ['well', {}, 1, 'OK', /^OK$/],
  ['nobody there', { publishers: 0, lastNs: undefined }, 1, 'STALE', /nobody publishes \/camera/],
  ['gone', { publishers: 0 }, 1, 'STALE', /publisher is gone/],
  ['silent', { lastNs: NOW_NS - 3_000_000_000n }, 1, 'STALE', /nothing has come for 3\.0 s/],
  ['silent from the start', { lastNs: undefined }, 1, 'STALE', /nothing has come yet/],
  ['silent, where that is no fault', { lastNs: undefined }, undefined, 'OK', /^OK$/],
  [
    'other QoS, so that nothing comes',
    { lastNs: undefined, incompatibleQos: 'reliability' },
    1,
    'ERROR',
    /another reliability/,
  ],
  ['a second publisher with other QoS', { incompatibleQos: 'durability' }, 1, 'WARN', /another publisher/],
  ['broken messages', { fault: 'The message on /camera is not usable.' }, 1, 'WARN', /not usable/],
  ['missed messages', { recentlyMissed: 7 }, 1, 'WARN', /7 messages missed/],
] as const) {
  test(`an input: ${what}`, () => {
    const status = inputStatus('camera', [report(fields)], NOW_NS, timeoutS);
    assert.equal(status.level, level);
    assert.match(status.message, message);
    assert.equal(status.values['/camera received'], 300);
  });
}

test('of several topics those in use are judged, and the worst of them counts', () => {
  const unused = report({ topic: '/raw', publishers: 0, lastNs: undefined });
  assert.equal(inputStatus('camera', [unused, report()], NOW_NS, 1).level, 'OK');
  const silent = report({ topic: '/second', lastNs: NOW_NS - 9_000_000_000n });
  const both = inputStatus('camera', [report(), silent, unused], NOW_NS, 1);
  assert.equal(both.level, 'STALE');
  assert.match(both.message, /\/second/);
  assert.ok(!('/raw received' in both.values));
});

const health = (component: string, state: string): JournalEntry =>
  ({ type: 'health', stampNs: 0n, component, state, code: 'CODE', text: 'words' }) as JournalEntry;

test('parts that codriver knows of itself: not known, well, worse, lost', () => {
  const board = new HealthBoard();
  assert.equal(board.statusOf('MODEL', 'model', {}).level, 'STALE');
  for (const [state, level] of [
    ['OK', 'OK'],
    ['DEGRADED', 'WARN'],
    ['LOST', 'ERROR'],
  ] as const) {
    board.onEntry(health('MODEL', state));
    assert.equal(board.statusOf('MODEL', 'model', {}).level, level);
  }
  assert.ok(board.isLost('MODEL'));
  assert.deepEqual(board.faults(), ['MODEL CODE: words']);
  const camera = inputStatus('camera', [report()], NOW_NS, 1);
  assert.equal(board.worsen('CAMERA', camera), camera);
  board.onEntry(health('CAMERA', 'DEGRADED'));
  assert.equal(board.worsen('CAMERA', camera).level, 'WARN');
  const gone = inputStatus('camera', [report({ publishers: 0 })], NOW_NS, 1);
  assert.equal(board.worsen('CAMERA', gone), gone);
  board.clear();
  assert.ok(!board.knows('MODEL'));
});

test('statuses become a message that can be encoded', () => {
  const status = inputStatus('camera', [report()], NOW_NS, 1);
  const message = diagnosticArray('/codriver', 'codriver', [status], NOW_NS);
  const found = message.message.status as {
    level: number;
    name: string;
    values: { key: string; value: string }[];
  }[];
  assert.equal(found[0]?.level, 0);
  assert.equal(found[0]?.name, '/codriver: camera');
  assert.ok(found[0]?.values.every(({ value }) => typeof value === 'string'));
  assert.ok(encodeRos(message).length > 100);
});
