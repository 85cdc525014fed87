import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dequantize } from '../../../src/llm/formats/dequantize.ts';
import type { GgufTensorInfo } from '../../../src/llm/formats/gguf.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import {
  type ConvertOptions,
  convertToStore,
  expandTensor,
  openStore,
  type Quantisation,
  type StoredTensor,
  storeInput,
} from '../../../src/llm/store/index.ts';
import { repositoryRoot } from '../../support/require.ts';

/** The settings of most tests. */
export const Q4 = { bits: 4, group: 64, symmetric: false } as const satisfies Quantisation;

/** Converts a model file. */
export async function convert(source: string, folder: string, options: Partial<ConvertOptions> = {}) {
  const model = await openModel(source);
  try {
    return await convertToStore(await storeInput(model), folder, { quantisation: Q4, ...options });
  } finally {
    await model.close();
  }
}

/** Checks an error's code and message. */
export const hasCode = (code: string, words: RegExp) => (error: unknown) => {
  const { code: found, message } = error as { code?: string; message: string };
  assert.equal(found, code, message);
  assert.match(message, words);
  return true;
};

/** SHA-256 of a file. */
export const sumOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
/** A finished store's data file. */
export const dataOf = (folder: string): string =>
  path.join(folder, readdirSync(folder).find((name) => name.endsWith('.bin')) ?? 'none');

/** Every tensor of a store, expanded, beside the source's. */
export async function everyTensor(
  source: string,
  folder: string,
  visit: (tensor: StoredTensor, found: Float32Array, expected: Float32Array, block: Uint8Array) => void,
): Promise<string[]> {
  const model = await openModel(source);
  const store = await openStore(folder);
  const names: string[] = [];
  try {
    for (let i = 0; i < store.manifest.blocks.length; i++) {
      const bytes = await store.readBlock(i);
      for (const tensor of store.manifest.blocks[i]?.tensors ?? []) {
        const original = model.tensors.get(tensor.name);
        assert.ok(original, tensor.name);
        assert.deepEqual(tensor.shape, original.shape);
        const expected = dequantize(original.type, await model.readTensor(original as GgufTensorInfo));
        visit(tensor, expandTensor(tensor, bytes), expected, bytes);
        names.push(tensor.name);
      }
    }
    assert.deepEqual(names.sort(), [...model.tensors.keys()].sort());
  } finally {
    await store.close();
    await model.close();
  }
  return names;
}

/** Converts in a process of its own, which prints its progress; `BEFORE` runs first. */
export function spawnConversion(gguf: string, folder: string, before = '', prefix = '') {
  const script = `
    import { openModel } from ${JSON.stringify(`${repositoryRoot}/src/llm/formats/open-model.ts`)};
    import { convertToStore, storeInput } from ${JSON.stringify(`${repositoryRoot}/src/llm/store/index.ts`)};
    ${before}
    const input = await storeInput(await openModel(process.argv[1]));
    const onProgress = (progress) => console.log(JSON.stringify(progress));
    await convertToStore(input, process.argv[2], { quantisation: ${JSON.stringify(Q4)}, onProgress }).then(
      (result) => console.log(JSON.stringify({ stage: 'done', kept: result.keptBlocks })),
      (error) => console.log(JSON.stringify({ stage: error.code, message: error.message })),
    );
    process.exit(0);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script, gguf, folder];
  return spawn('bash', ['-c', `${prefix} exec "$0" "$@"`, process.execPath, ...args], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Reads what it prints until it ends. */
export async function linesOf(child: ReturnType<typeof spawnConversion>, onLine: (line: string) => void) {
  let rest = '';
  for await (const chunk of child.stdout) {
    const lines = `${rest}${String(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  }
}
