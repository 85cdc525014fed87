import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CodriverError } from '../../domain/errors.ts';
import type { Vocabulary } from '../tokenizer/vocabulary.ts';
import { damaged, type Manifest } from './manifest.ts';

/** Name of the file that keeps a store's vocabulary. */
export const VOCABULARY_FILE = 'vocabulary.json';

/** What a manifest says of a vocabulary that is kept beside it as `text`. */
export function vocabularySidecar(text: string): Exclude<Manifest['tokenizer'], { missing: string }> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { name: VOCABULARY_FILE, bytes: Buffer.byteLength(text), sha256 };
}

const id = z.int().nonnegative();

const VocabularySchema = z.strictObject({
  kind: z.enum(['byte_level', 'byte_fallback']),
  preTokenizer: z.string(),
  tokens: z.array(z.string()),
  types: z.array(z.number()),
  merges: z.array(z.string()),
  scores: z.array(z.number()),
  addBos: z.boolean(),
  addSpacePrefix: z.boolean(),
  unicodeForm: z.literal('NFC').optional(),
  bos: id.optional(),
  unknown: id.optional(),
  ends: z.array(id),
});

/**
 * The vocabulary of a store. Errors: MODEL_UNSUPPORTED where its source had none, with the reason;
 * MODEL_CORRUPT.
 */
export async function readStoreVocabulary(folder: string, { tokenizer }: Manifest): Promise<Vocabulary> {
  if ('missing' in tokenizer) {
    throw new CodriverError(
      'MODEL_UNSUPPORTED',
      `The store ${folder} has no vocabulary: ${tokenizer.missing}`,
      { remedy: 'Convert a model with a supported tokenizer, then the store again.' },
    );
  }
  try {
    const text = await readFile(path.join(folder, tokenizer.name), 'utf8');
    const { unicodeForm, bos, unknown, ...rest } = VocabularySchema.parse(JSON.parse(text));
    return { ...rest, unicodeForm, bos, unknown };
  } catch (error) {
    throw damaged(folder, `${tokenizer.name} can't be read (${(error as Error).message})`);
  }
}
