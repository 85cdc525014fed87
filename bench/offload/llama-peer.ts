import { readFileSync } from 'node:fs';
import type { Token } from 'node-llama-cpp';
import { startLlama } from '../llm/llama-cpp.ts';

// Runs in a process of its own: llama-peer.ts FILE TOKENS. Prints one JSON line (see `PeerLine`) after loading
// and one after every token, so that a process that gets killed has told what it did until then.
const THREADS = 2;
const PROMPT_TOKENS = 8;

/** What a measured child prints: `loaded` once, then `token` for each token, the first one with the prompt's pass. */
export interface PeerLine {
  readonly event: 'loaded' | 'token';
  readonly ms: number;
  readonly majorFaults: number;
  /** Bytes this process has had fetched from storage so far. */
  readonly readBytes: number;
}

function say(event: PeerLine['event'], ms: number): void {
  const readBytes = Number(/^read_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  const majorFaults = process.resourceUsage().majorPageFault;
  process.stdout.write(`${JSON.stringify({ event, ms, majorFaults, readBytes } satisfies PeerLine)}\n`);
}

const [file, count] = process.argv.slice(2);
const start = performance.now();
const llama = await startLlama(THREADS);
const model = await llama.loadModel({
  modelPath: file as string,
  useMmap: true,
  // The point is to see what happens beyond them.
  ignoreMemorySafetyChecks: true,
});
const context = await model.createContext({
  contextSize: 256,
  threads: THREADS,
  batchSize: 64,
  ignoreMemorySafetyChecks: true,
});
say('loaded', performance.now() - start);
const prompt = Array.from({ length: PROMPT_TOKENS }, (_, i) => 100 + i) as Token[];
let last = performance.now();
let tokens = 0;
for await (const _ of context.getSequence().evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
  say('token', performance.now() - last);
  last = performance.now();
  if (++tokens === Number(count)) break;
}
process.exit(0);
