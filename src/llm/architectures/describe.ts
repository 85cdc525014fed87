import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { ModelMetadata } from '../formats/model-metadata.ts';
import type { ModelSource } from '../formats/open-model.ts';
import { BLOOM } from './families/bloom.ts';
import type { Family } from './families/family.ts';
import { GEMMA3 } from './families/gemma3.ts';
import { LLAMA, QWEN2 } from './families/llama.ts';
import { OPT } from './families/opt.ts';
import { ModelWeights } from './model-weights.ts';
import { checkSpec, type DecoderSpec, expectedTensors } from './spec.ts';

const FAMILIES: readonly Family[] = [LLAMA, QWEN2, GEMMA3, OPT, BLOOM];

/** A model ready to be built: its form, and its tensors under the internal names. */
export interface DescribedModel {
  readonly spec: DecoderSpec;
  readonly weights: ModelWeights;
  /** Whether its graphs take an adapter in; absent: they don't. */
  readonly adaptable?: boolean;
}

/**
 * Recognises a model and checks that its tensors are those of its family, neither fewer nor more.
 * MODEL_UNSUPPORTED names an architecture or a setting that isn't computed here, MODEL_CORRUPT a tensor.
 */
export function describeModel(source: ModelSource): DescribedModel {
  const subject = path.basename(source.file);
  if (source.format === 'store') return described(source, { spec: source.spec, names: (name) => [{ name }] });
  if (source.format === 'gguf') {
    const metadata = new ModelMetadata(source.metadata, subject);
    const name = metadata.text('general.architecture');
    const reading = FAMILIES.find((family) => family.ggufName === name)?.fromGguf?.(metadata, source);
    if (reading === undefined)
      throw unsupported(
        name,
        FAMILIES.map((family) => family.ggufName),
        'GGUF',
      );
    return described(source, reading);
  }
  const config = new ModelMetadata(source.config, `${subject}'s config.json`);
  const name = config.text('model_type');
  const family = FAMILIES.find(({ configName }) => configName === name);
  if (family === undefined)
    throw unsupported(
      name,
      FAMILIES.map(({ configName }) => configName),
      'safetensors',
    );
  return described(source, family.fromConfig(config));
}

function described(source: ModelSource, { spec, names }: ReturnType<Family['fromConfig']>): DescribedModel {
  checkSpec(spec);
  return { spec, weights: new ModelWeights(source, spec.architecture, names, expectedTensors(spec)) };
}

function unsupported(name: string, known: readonly (string | undefined)[], format: string): CodriverError {
  const list = known.filter((one) => one !== undefined).join(', ');
  return new CodriverError(
    'MODEL_UNSUPPORTED',
    `The architecture "${name}" is not supported; from ${format} files, ${list} are.`,
    {
      remedy: 'Use a model of one of these, such as smollm2-135m-instruct.',
      details: { architecture: name },
    },
  );
}
