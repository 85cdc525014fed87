import { readFileSync } from 'node:fs';
import { openRawLog } from '../../src/io/log/open-raw-log.ts';
import type { BigReading } from './big.ts';

// Opens the log, reads a second at each of a hundred places all over it, and prints a BigReading.
const file = process.argv[2] as string;
const openedMs = performance.now();
const log = await openRawLog(file);
const openMs = performance.now() - openedMs;
let worstSeekMs = 0;
const PLACES = 100;
for (let i = 0; i < PLACES; i++) {
  // A fixed stride that visits the places out of order.
  const place = BigInt((i * 37) % PLACES);
  const fromNs = log.startNs + ((log.endNs - log.startNs) * place) / BigInt(PLACES);
  const startedMs = performance.now();
  let first = true;
  for await (const _message of log.messages({ fromNs, toNs: fromNs + 1_000_000_000n })) {
    if (first) worstSeekMs = Math.max(worstSeekMs, performance.now() - startedMs);
    first = false;
  }
}
await log.close();
const peakRssMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1000;
process.stdout.write(JSON.stringify({ openMs, worstSeekMs, peakRssMb } satisfies BigReading));
