import { CodriverError } from '../../../domain/errors.ts';
import type { GgufFile } from '../../formats/gguf.ts';
import type { ModelMetadata } from '../../formats/model-metadata.ts';
import type { WeightTensor } from '../../formats/weight-source.ts';
import type { NameMap, Placement } from '../model-weights.ts';
import type { DecoderSpec } from '../spec.ts';

/** How one family is read from one kind of file. */
export interface Reading {
  readonly spec: DecoderSpec;
  readonly names: NameMap;
}

/** A family of models: its name in GGUF files and in config.json, and how either is read. */
export interface Family {
  /** `general.architecture` of its GGUF files; there are none of some families. */
  readonly ggufName?: string;
  /** `model_type` of its config.json. */
  readonly configName: string;
  fromGguf?(metadata: ModelMetadata, source: GgufFile): Reading;
  fromConfig(config: ModelMetadata): Reading;
}

/** MODEL_UNSUPPORTED: the model is of a supported family, but `why` ("scales its positions"). */
export function refuse(architecture: string, why: string): never {
  throw new CodriverError(
    'MODEL_UNSUPPORTED',
    `This ${architecture} model ${why}, which is not computed here.`,
    { remedy: 'Use a plain model of this architecture.' },
  );
}

/** Refuses a config whose `key` is there and is none of `known`. */
export function expectSetting(
  architecture: string,
  config: ModelMetadata,
  key: string,
  known: readonly (string | number | boolean)[],
): void {
  const value = config.value(key);
  if (value !== undefined && !known.some((one) => one === value))
    refuse(architecture, `sets ${key} to ${JSON.stringify(value)}`);
}

/** Whether the head is the embedding matrix: as the config says, or as is usual in the family. */
export function headIsTied(config: ModelMetadata, usual: boolean): boolean {
  return config.boolean('tie_word_embeddings', usual);
}

const BLOCK = /^(.*?)(\d+)\.(.+)$/;

/**
 * Names by a table: `outside` holds whole names, `inside` what follows `${blockPrefix}N.`. An empty placement leaves a
 * tensor unread. `prefix` is taken off where it is there.
 */
export function tableNames(options: {
  readonly prefix: string;
  readonly blockPrefix: string;
  readonly outside: Readonly<Record<string, string | null>>;
  readonly inside: Readonly<Record<string, string | null | ((block: string) => readonly Placement[])>>;
}): NameMap {
  const { prefix, blockPrefix, outside, inside } = options;
  const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
    Object.hasOwn(table, key) ? table[key] : undefined;
  return (name) => {
    const inner = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const whole = own(outside, inner);
    if (whole !== undefined) return whole === null ? [] : [{ name: whole }];
    const [, before, block, rest] = BLOCK.exec(inner) ?? [];
    if (before !== blockPrefix || block === undefined || rest === undefined) return undefined;
    const placed = own(inside, rest);
    if (placed === undefined) return undefined;
    if (placed === null) return [];
    return typeof placed === 'function' ? placed(`blk.${block}`) : [{ name: `blk.${block}.${placed}` }];
  };
}

/** Names of GGUF files are the internal ones, but for tensors that carry no weights of a product. */
export const ggufNames: NameMap = (name) => [{ name }];

/** Weight and bias of the names in a table. */
export function withBiases(names: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([from, to]) =>
      ['weight', 'bias'].map((kind) => [`${from}.${kind}`, `${to}.${kind}`] as const),
    ),
  );
}

/** Rows of the embedding matrix of a GGUF file. */
export function vocabularyOf(tensors: ReadonlyMap<string, WeightTensor>): number {
  return tensors.get('token_embd.weight')?.shape[0] ?? 1;
}
