import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { greedyToken } from '../../../src/llm/decoding/sampler.ts';
import { ResidentCpuExecutor } from '../../../src/llm/executors/resident-cpu.ts';
import { dequantize } from '../../../src/llm/formats/dequantize.ts';
import { type ModelSource, openModel } from '../../../src/llm/formats/open-model.ts';
import { openSafetensorsFile } from '../../../src/llm/formats/safetensors.ts';

/** The tiny checkpoints of fixtures/README.md. */
export const CHECKPOINTS = ['llama', 'qwen2', 'gemma3', 'opt', 'opt-post-norm', 'bloom'] as const;

/** Most that a logit may differ from transformers'. */
export const TOLERANCE = 1e-3;

/** What transformers makes of a checkpoint. */
export interface Expected {
  readonly prompt: readonly number[];
  /** Greedy tokens after the prompt. */
  readonly tokens: readonly number[];
  /** Logits of the last token of the prompt, and of each greedy token. */
  readonly logits: readonly Float32Array[];
}

/** The folder of a checkpoint. */
export function checkpoint(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** Reads expected.safetensors. */
export async function expectedOf(name: string): Promise<Expected> {
  const file = await openSafetensorsFile(`${checkpoint(name)}/expected.safetensors`);
  const read = async (tensor: string): Promise<Float32Array> => {
    const info = file.tensors.get(tensor);
    assert.ok(info, tensor);
    const bytes = new Uint8Array(info.bytes);
    await file.read(info, 0, bytes);
    return dequantize(info.type, bytes);
  };
  try {
    const logits = await read('logits');
    const [prompt, tokens] = [[...(await read('prompt'))], [...(await read('tokens'))]];
    const width = logits.length / (tokens.length + 1);
    return {
      prompt,
      tokens,
      logits: Array.from({ length: tokens.length + 1 }, (_, i) =>
        logits.subarray(i * width, (i + 1) * width),
      ),
    };
  } finally {
    await file.close();
  }
}

/** Largest difference of two lists of logits. */
export function largestDifference(found: Float32Array, expected: Float32Array | undefined): number {
  assert.equal(found.length, expected?.length);
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (expected?.[i] as number))), 0);
}

/** Opens a model as it is loaded, does something with it, and closes it. */
export async function withExecutor<T>(
  location: string,
  work: (executor: ResidentCpuExecutor, source: ModelSource) => Promise<T>,
): Promise<T> {
  const source = await openModel(location);
  try {
    const executor = await ResidentCpuExecutor.open(source, 1, () => {});
    return await work(executor, source).finally(() => executor.close());
  } finally {
    await source.close();
  }
}

/**
 * Decodes greedily from the prompt on, and compares every pass with transformers'; then computes the whole text in
 * pieces.
 */
export async function expectSame(executor: ResidentCpuExecutor, expected: Expected): Promise<void> {
  const { prompt, tokens, logits } = expected;
  const cache = executor.newCache();
  let found = await executor.pass(prompt, cache);
  for (const [i, token] of tokens.entries()) {
    const difference = largestDifference(found, logits[i]);
    assert.ok(difference < TOLERANCE, `token ${i}: a logit differs by ${difference}`);
    assert.equal(greedyToken(found), token, `token ${i}`);
    found = await executor.pass([token], cache);
  }
  assert.ok(largestDifference(found, logits.at(-1)) < TOLERANCE, 'after the last token');
  const text = [...prompt, ...tokens];
  for (const piece of [text.length, 7, 19]) {
    const pieces = executor.newCache();
    for (let from = 0; from < text.length; from += piece)
      found = await executor.pass(text.slice(from, from + piece), pieces);
    const difference = largestDifference(found, logits.at(-1));
    assert.ok(difference < TOLERANCE, `in pieces of ${piece}: a logit differs by ${difference}`);
  }
}

/** A copy of a checkpoint, in a new folder inside `parent`, with other settings. */
export function changedCheckpoint(name: string, settings: Record<string, unknown>, parent: string): string {
  const copy = mkdtempSync(path.join(parent, `${name}-`));
  cpSync(checkpoint(name), copy, { recursive: true });
  const file = path.join(copy, 'config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...settings }));
  return copy;
}
