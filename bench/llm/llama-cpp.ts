import { getLlama, LlamaLogLevel, type Token } from 'node-llama-cpp';

/** llama.cpp on the same file, for comparisons. */
export interface Peer {
  tokenize(prompt: string): number[];
  /** Greedy tokens after `prompt`, without the end token. */
  generate(
    prompt: readonly number[],
    maxTokens: number,
  ): Promise<{ tokens: number[]; prefillMs: number; decodeMs: number }>;
  close(): Promise<void>;
}

/** llama.cpp, on the CPU. */
export function startLlama(threads: number) {
  return getLlama({ build: 'never', gpu: false, maxThreads: threads, logLevel: LlamaLogLevel.error });
}

/** Opens llama.cpp through node-llama-cpp's prebuilt CPU binary, by default with its default settings. */
export async function openPeer(
  file: string,
  threads: number,
  settings: { flashAttention?: boolean } = {},
): Promise<Peer> {
  const llama = await startLlama(threads);
  const model = await llama.loadModel({ modelPath: file });
  const context = await model.createContext({ contextSize: 2048, threads, batchSize: 512, ...settings });
  const sequence = context.getSequence();
  const greedy = { temperature: 0, yieldEogToken: true } as const;
  return {
    tokenize: (prompt) => [...model.tokenize(prompt, true)],
    async generate(prompt, maxTokens) {
      await sequence.clearHistory();
      const tokens: number[] = [];
      const start = performance.now();
      let first = start;
      for await (const token of sequence.evaluate(prompt as Token[], greedy)) {
        if (tokens.length === 0) first = performance.now();
        if (model.isEogToken(token)) break;
        tokens.push(token);
        if (tokens.length === maxTokens) break;
      }
      return { tokens, prefillMs: first - start, decodeMs: performance.now() - first };
    },
    async close() {
      await context.dispose();
      await model.dispose();
      await llama.dispose();
    },
  };
}
