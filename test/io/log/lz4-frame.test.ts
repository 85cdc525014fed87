import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { loadDecompressHandlers } from '@mcap/support';
import fc from 'fast-check';
import { compressLz4 } from '../../../src/io/log/lz4-frame.ts';
import { need, pythonPeers } from '../../support/require.ts';

/** Inputs at the format's edges: empty, too short for a match, long literals, long matches, block borders. */
const MEBIBYTE = 1024 * 1024;
const noise = (length: number): Uint8Array => {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
};
const CASES: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', new Uint8Array(0)],
  ['one byte', Uint8Array.of(7)],
  ['12 equal bytes', new Uint8Array(12).fill(1)],
  ['13 equal bytes', new Uint8Array(13).fill(1)],
  ['text', new TextEncoder().encode('止まって、stop, 止まって、stop, 止まって、stop.'.repeat(40))],
  ['noise, 300 literals', noise(300)],
  ['a block of one value', new Uint8Array(4 * MEBIBYTE).fill(255)],
  ['more than a block of noise', noise(4 * MEBIBYTE + 17)],
  ['a match as far back as possible', Buffer.concat([noise(100), new Uint8Array(65_435), noise(100)])],
  ['a match that lies too far back', Buffer.concat([noise(100), new Uint8Array(65_440), noise(100)])],
];

for (const [name, data] of CASES) {
  test(`${name} comes back equal`, async () => {
    const { lz4 } = await loadDecompressHandlers();
    const packed = compressLz4(data);
    assert.ok(Buffer.from(lz4!(packed, BigInt(data.length))).equals(Buffer.from(data)));
  });
}

test('any bytes come back equal', async () => {
  const { lz4 } = await loadDecompressHandlers();
  const repetitive = fc.array(fc.subarray([...'abcdefgh'].map((letter) => letter.charCodeAt(0))), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(repetitive, (parts) => {
      const data = Uint8Array.from(parts.flat());
      assert.deepEqual(Buffer.from(lz4!(compressLz4(data), BigInt(data.length))), Buffer.from(data));
    }),
    { numRuns: 200 },
  );
});

test('what repeats becomes smaller, what does not barely larger', () => {
  assert.ok(compressLz4(new Uint8Array(MEBIBYTE)).length < 5000);
  assert.ok(compressLz4(noise(MEBIBYTE)).length < MEBIBYTE + 32);
});

test('the reference reads our frames', { skip: need('python-peers') }, () => {
  const script =
    'import sys, lz4.frame; sys.stdout.buffer.write(lz4.frame.decompress(sys.stdin.buffer.read()))';
  for (const [name, data] of CASES) {
    const { stdout, status } = spawnSync(pythonPeers(), ['-c', script], {
      input: compressLz4(data),
      maxBuffer: 16 * MEBIBYTE,
    });
    assert.equal(status, 0, name);
    assert.ok(stdout.equals(Buffer.from(data)), name);
  }
});
