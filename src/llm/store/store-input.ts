import path from 'node:path';
import { z } from 'zod';
import { CodriverError } from '../../domain/errors.ts';
import { describeModel } from '../architectures/describe.ts';
import type { ModelSource } from '../formats/open-model.ts';
import type { WeightSource } from '../formats/weight-source.ts';
import { modelVocabulary } from '../tokenizer/model-vocabulary.ts';
import type { Vocabulary } from '../tokenizer/vocabulary.ts';
import type { Manifest } from './manifest.ts';

/** What a store is made from. */
export interface StoreInput {
  readonly format: Manifest['source']['format'];
  /** Files whose contents decide the result. */
  readonly files: readonly string[];
  readonly architecture: string;
  readonly spec: Manifest['spec'];
  /** Tensors under the runtime's internal names. */
  readonly weights: WeightSource;
  /** Or why there is none. */
  readonly vocabulary: Vocabulary | string;
}

/**
 * Describes an open model for conversion. The model stays the caller's to close. Errors: BAD_ARGUMENT for a
 * store, and those of {@link describeModel}.
 */
export async function storeInput(model: ModelSource): Promise<StoreInput> {
  if (model.format === 'store')
    throw new CodriverError('BAD_ARGUMENT', `${model.folder} is a store already.`, {
      remedy: 'Convert the model that it was made from.',
    });
  const { spec, weights } = describeModel(model);
  return {
    format: model.format,
    files:
      model.format === 'gguf'
        ? [model.file]
        : [path.join(model.folder, 'config.json'), ...[...model.files].sort()],
    architecture: spec.architecture,
    spec: z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(spec))),
    weights,
    vocabulary: await vocabularyOf(model),
  };
}

/** A source's vocabulary for its store; or, as text, why it has none that is supported. */
async function vocabularyOf(model: ModelSource): Promise<Vocabulary | string> {
  try {
    return await modelVocabulary(model);
  } catch (error) {
    const { code, message } = CodriverError.from(error);
    if (code === 'MODEL_MISSING' || code === 'MODEL_UNSUPPORTED') return message;
    throw error;
  }
}
