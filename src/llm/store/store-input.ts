import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { describeModel } from '../architectures/describe.ts';
import type { GgufValue } from '../formats/byte-cursor.ts';
import type { ModelSource } from '../formats/open-model.ts';
import type { WeightSource } from '../formats/weight-source.ts';
import type { Manifest } from './manifest.ts';

/** A file that goes into the store as it is. */
export interface Sidecar {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** What a store is made from. */
export interface StoreInput {
  readonly format: Manifest['source']['format'];
  /** Files whose contents decide the result. */
  readonly files: readonly string[];
  readonly architecture: string;
  readonly spec: Manifest['spec'];
  /** Tensors under the runtime's internal names. */
  readonly weights: WeightSource;
  readonly tokenizer: { readonly kind: Manifest['tokenizer']['kind']; readonly files: readonly Sidecar[] };
}

/** Files of transformers that a vocabulary may be made of. */
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'generation_config.json',
];

/** Name of the file that keeps GGUF's `tokenizer.*` metadata, an object of keys and values. */
const GGUF_TOKENIZER_FILE = 'tokenizer.gguf.json';

/**
 * Describes an open model for conversion. The model stays the caller's to close. Errors: MODEL_UNSUPPORTED,
 * MODEL_CORRUPT as {@link describeModel}.
 */
export async function storeInput(model: ModelSource): Promise<StoreInput> {
  const { spec, weights } = describeModel(model);
  const common = {
    architecture: spec.architecture,
    spec: z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(spec))),
    weights,
  };
  if (model.format === 'gguf') {
    const content = ggufTokenizer(model.metadata);
    return {
      ...common,
      format: 'gguf',
      files: [model.file],
      tokenizer: { kind: 'gguf', files: [{ name: GGUF_TOKENIZER_FILE, content }] },
    };
  }
  return {
    ...common,
    format: 'safetensors',
    files: [path.join(model.folder, 'config.json'), ...[...model.files].sort()],
    tokenizer: { kind: 'transformers', files: await tokenizerFiles(model.folder) },
  };
}

function ggufTokenizer(metadata: ReadonlyMap<string, GgufValue>): string {
  const entries = [...metadata].filter(([key]) => key.startsWith('tokenizer.'));
  // Ids and counts; a bigint would be beyond 2⁵³ and is no use as one.
  return JSON.stringify(Object.fromEntries(entries), (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

async function tokenizerFiles(folder: string): Promise<Sidecar[]> {
  const files: Sidecar[] = [];
  for (const name of TOKENIZER_FILES) {
    const file = path.join(folder, name);
    const isFile = await stat(file).then(
      (entry) => entry.isFile(),
      () => false,
    );
    if (isFile) files.push({ name, content: await readFile(file) });
  }
  return files;
}
