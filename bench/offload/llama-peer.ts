import { parseArgs } from 'node:util';
import type { Token } from 'node-llama-cpp';
import { startLlama } from '../llm/llama-cpp.ts';
import { say, WORK_OPTIONS } from './peer-line.ts';

// Runs in a process of its own: llama-peer.ts FILE [options]. Prints `PeerLine`s.
const THREADS = 2;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: WORK_OPTIONS,
});
const promptTokens = Number(values.prompt);
const start = performance.now();
const llama = await startLlama(THREADS);
const model = await llama.loadModel({
  modelPath: positionals[0] as string,
  useMmap: true,
  // The point is to see what happens beyond them.
  ignoreMemorySafetyChecks: true,
});
const context = await model.createContext({
  contextSize: Math.max(256, promptTokens + Number(values.tokens)),
  threads: THREADS,
  batchSize: 512,
  ignoreMemorySafetyChecks: true,
});
say('loaded', performance.now() - start);
const sequence = context.getSequence();
for (let answer = 0; answer < Number(values.answers); answer++) {
  await sequence.clearHistory();
  const prompt = Array.from({ length: promptTokens }, (_, i) => 100 + answer + i) as Token[];
  let last = performance.now();
  let tokens = 0;
  for await (const _ of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    say(tokens === 0 ? 'prompt' : 'token', performance.now() - last);
    last = performance.now();
    if (++tokens === Number(values.tokens)) break;
  }
}
process.exit(0);
