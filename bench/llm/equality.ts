import { ResidentCpuExecutor } from '../../src/llm/executors/resident-cpu.ts';
import { openGguf } from '../../src/llm/formats/gguf.ts';
import type { LanguageModel } from '../../src/llm/index.ts';
import type { Peer } from './llama-cpp.ts';

/** How one prompt's greedy tokens compare with llama.cpp's. */
export interface Comparison {
  readonly prompt: string;
  /** Tokens that are the same from the start on. */
  readonly agreed: number;
  /** Tokens compared. */
  readonly length: number;
  /** At the first difference: by how much our logit of our token exceeds our logit of theirs. */
  readonly margin: number | undefined;
}

/** A difference below this is a tie: either token is right. */
export const TIE = 1e-2;

/** Compares greedy tokens on each prompt. */
export async function compareGreedy(
  file: string,
  ours: LanguageModel,
  peer: Peer,
  prompts: readonly string[],
  maxTokens: number,
): Promise<Comparison[]> {
  const results: Comparison[] = [];
  for (const prompt of prompts) {
    const theirs = (await peer.generate(peer.tokenize(prompt), maxTokens)).tokens;
    const { tokens } = await ours.generate({ prompt, maxTokens });
    const length = Math.max(tokens.length, theirs.length);
    let agreed = 0;
    while (agreed < length && tokens[agreed] === theirs[agreed]) agreed++;
    const history = [...peer.tokenize(prompt), ...tokens.slice(0, agreed)];
    const margin =
      agreed === length ? undefined : await logitMargin(file, history, tokens[agreed], theirs[agreed]);
    results.push({ prompt, agreed, length, margin });
  }
  return results;
}

/** End-of-turn token of the model compared, where one of the two has stopped. */
const END = 2;

async function logitMargin(file: string, history: number[], ours = END, theirs = END): Promise<number> {
  const executor = await ResidentCpuExecutor.open(await openGguf(file), 1, () => {});
  try {
    const logits = await executor.pass(history, executor.newCache());
    return Math.abs((logits[ours] as number) - (logits[theirs] as number));
  } finally {
    await executor.close();
  }
}
