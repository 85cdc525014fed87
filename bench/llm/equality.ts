import { greedyToken } from '../../src/llm/decoding/sampler.ts';
import { ResidentCpuExecutor } from '../../src/llm/executors/resident-cpu.ts';
import { openGguf } from '../../src/llm/formats/gguf.ts';
import type { Peer } from './llama-cpp.ts';

/** How greedy decoding of one prompt compares with llama.cpp's. */
export interface Comparison {
  /** llama.cpp's tokens. */
  readonly tokens: readonly number[];
  /** How many of them, from the start on, ours chooses as well when it decodes freely. */
  readonly agreed: number;
  /**
   * Where ours would have chosen otherwise after llama.cpp's own tokens: by how much our logit of our token exceeds
   * our logit of theirs, in the order of the text.
   */
  readonly margins: readonly number[];
}

/** A difference below this is a tie: either token is right. */
export const TIE = 1e-2;

/**
 * Runs llama.cpp's greedy tokens through our model and notes every place where ours prefers another. Up to
 * the first such place, free decoding gives the same tokens.
 */
export async function compareGreedy(
  file: string,
  peer: Peer,
  prompts: readonly string[],
  maxTokens: number,
): Promise<Comparison[]> {
  const executor = await ResidentCpuExecutor.open(await openGguf(file), 2, () => {});
  const results: Comparison[] = [];
  try {
    for (const text of prompts) {
      const prompt = peer.tokenize(text);
      const { tokens } = await peer.generate(prompt, maxTokens);
      const cache = executor.newCache();
      let logits = await executor.pass(prompt, cache);
      let agreed = tokens.length;
      const margins: number[] = [];
      for (const [i, token] of tokens.entries()) {
        const preferred = greedyToken(logits);
        if (preferred !== token) {
          margins.push((logits[preferred] as number) - (logits[token] as number));
          agreed = Math.min(agreed, i);
        }
        logits = await executor.pass([token], cache);
      }
      results.push({ tokens, agreed, margins });
    }
  } finally {
    await executor.close();
  }
  return results;
}

/** On how many prompts llama.cpp gives the same tokens as llama.cpp with other settings. */
export async function selfAgreement(
  peer: Peer,
  reference: readonly Comparison[],
  prompts: readonly string[],
  maxTokens: number,
): Promise<number> {
  let same = 0;
  for (const [i, prompt] of prompts.entries()) {
    const { tokens } = await peer.generate(peer.tokenize(prompt), maxTokens);
    if (tokens.join() === reference[i]?.tokens.join()) same++;
  }
  return same;
}
