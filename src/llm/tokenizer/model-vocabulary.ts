import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { ModelMetadata } from '../formats/model-metadata.ts';
import type { ModelSource } from '../formats/open-model.ts';
import { readStoreVocabulary } from '../store/store-vocabulary.ts';
import { readTokenizerJson } from './tokenizer-json.ts';
import { readVocabulary, type Vocabulary } from './vocabulary.ts';

const JSON_LIMIT = 1 << 28;

/** The vocabulary of an open model: a GGUF file and a store hold it, and a folder has tokenizer.json. */
export async function modelVocabulary(source: ModelSource): Promise<Vocabulary> {
  if (source.format === 'gguf') return readVocabulary(new ModelMetadata(source.metadata, source.file));
  if (source.format === 'store') return readStoreVocabulary(source.folder, source.manifest);
  const subject = path.basename(source.folder);
  const generation = await readJson(path.join(source.folder, 'generation_config.json'), false);
  const ends = new Set<number>();
  for (const named of [source.config.get('eos_token_id'), generation?.eos_token_id]) {
    for (const id of Array.isArray(named) ? named : [named]) if (Number.isInteger(id)) ends.add(Number(id));
  }
  const json = await readJson(path.join(source.folder, 'tokenizer.json'), true);
  return readTokenizerJson(json ?? {}, [...ends], subject);
}

async function readJson(file: string, needed: boolean): Promise<Record<string, unknown> | undefined> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > JSON_LIMIT) throw new Error(`it has ${size} bytes`);
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (!needed) return undefined;
    throw new CodriverError('MODEL_MISSING', `${file} can't be read: ${(cause as Error).message}.`, {
      remedy: 'A model in safetensors needs its tokenizer.json beside it.',
      cause,
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    throw new Error('it holds no object');
  } catch (cause) {
    throw new CodriverError('MODEL_CORRUPT', `${file} is damaged: ${(cause as Error).message}.`, {
      remedy: 'Download or copy the model again.',
      cause,
    });
  }
}
