import { CodriverError } from '../../domain/errors.ts';
import type { RopeSpec } from './rope.ts';

/** What is particular to one block. */
export interface BlockSpec {
  /** How queries and keys are rotated; absent where positions enter otherwise. */
  readonly rope?: RopeSpec;
  /** A token sees itself and the `window` − 1 tokens before; absent: all of them. */
  readonly window?: number;
}

/** Where a block's two norms stand: before each half, after each sum, or before and after each half. */
export type NormPlacement = 'before' | 'after' | 'around';

/** Activation functions, by what they compute. */
export type ActivationName = 'silu' | 'relu' | 'gelu' | 'gelu-tanh';

/** A decoder model, as far as its graph depends on it. Every supported family is one of these. */
export interface DecoderSpec {
  readonly architecture: string;
  /** Hidden numbers of a token. */
  readonly embedding: number;
  /** Numbers of a row of the embedding matrix; where it isn't `embedding`, projections lead in and out. */
  readonly tableWidth: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  /** Most tokens of a sequence. */
  readonly context: number;
  readonly vocabulary: number;
  readonly blocks: readonly BlockSpec[];
  /** `gammaOffset` is added to each stored factor (1 in Gemma checkpoints, 0 elsewhere). */
  readonly norm: {
    readonly kind: 'rms' | 'layer';
    readonly epsilon: number;
    readonly gammaOffset: number;
  };
  readonly normPlacement: NormPlacement;
  /** Whether a norm precedes the head. */
  readonly finalNorm: boolean;
  /** Which products have biases. */
  readonly biases: 'none' | 'qkv' | 'all';
  /** Whether queries and keys are normed head by head. */
  readonly headNorms: boolean;
  /** Factor of the dot products. */
  readonly attentionScale: number;
  /** Linear biases instead of positions (Press et al. 2021). */
  readonly alibi: boolean;
  readonly activation: ActivationName;
  /** Whether the activation gates a second product. */
  readonly gated: boolean;
  readonly embeddingScale: number;
  readonly embeddingNorm: boolean;
  /** Learned positions: row `position + learnedPositions` of their matrix is added. */
  readonly learnedPositions: number | undefined;
  /** Whether the embedding matrix is the head's, too. */
  readonly tiedHead: boolean;
}

/** Largest sensible values: they bound loops and allocations, not ambitions. */
const LIMITS = {
  embedding: 1 << 17,
  tableWidth: 1 << 17,
  feedForward: 1 << 20,
  heads: 1 << 12,
  kvHeads: 1 << 12,
  headSize: 1 << 12,
  context: 1 << 24,
  vocabulary: 1 << 24,
} as const;

/** Most blocks of a model; checked before a list of them is made. */
const MOST_BLOCKS = 4096;

/** `count` equal blocks. */
export function equalBlocks(count: number, block: BlockSpec): BlockSpec[] {
  checkNumber('block count', count, MOST_BLOCKS);
  return Array.from({ length: count }, () => block);
}

/** Refuses numbers that no model has, as MODEL_CORRUPT that names them. */
export function checkSpec(spec: DecoderSpec): DecoderSpec {
  for (const [name, limit] of Object.entries(LIMITS)) {
    checkNumber(name, spec[name as keyof typeof LIMITS], limit);
  }
  if (spec.heads % spec.kvHeads !== 0)
    throw unusable(`${spec.heads} query heads over ${spec.kvHeads} key heads`);
  if (spec.headSize % 2 !== 0) throw unusable(`heads of the odd size ${spec.headSize}`);
  const { epsilon } = spec.norm;
  if (!(epsilon >= 0 && epsilon < 1)) throw unusable(`a norm epsilon of ${epsilon}`);
  for (const { window, rope } of spec.blocks) {
    if (rope !== undefined) checkRope(rope, spec.headSize);
    if (window !== undefined) checkNumber('sliding window', window, LIMITS.context);
  }
  return spec;
}

/** Name and row-major shape of every tensor that a model of this spec has. */
export function expectedTensors(spec: DecoderSpec): Map<string, readonly number[]> {
  const { embedding, tableWidth, feedForward, heads, kvHeads, headSize, vocabulary } = spec;
  const tensors = new Map<string, readonly number[]>();
  const product = (name: string, rows: number, columns: number, bias: boolean) => {
    tensors.set(`${name}.weight`, [rows, columns]);
    if (bias) tensors.set(`${name}.bias`, [rows]);
  };
  const norm = (name: string, columns = embedding) => {
    tensors.set(`${name}.weight`, [columns]);
    if (spec.norm.kind === 'layer') tensors.set(`${name}.bias`, [columns]);
  };
  product('token_embd', vocabulary, tableWidth, false);
  if (!spec.tiedHead) product('output', vocabulary, tableWidth, false);
  if (tableWidth !== embedding) {
    product('project_in', embedding, tableWidth, false);
    product('project_out', tableWidth, embedding, false);
  }
  if (spec.learnedPositions !== undefined)
    product('position_embd', spec.context + spec.learnedPositions, embedding, false);
  if (spec.embeddingNorm) norm('token_embd_norm');
  if (spec.finalNorm) norm('output_norm');
  const [qkvBias, otherBias] = [spec.biases !== 'none', spec.biases === 'all'];
  for (let block = 0; block < spec.blocks.length; block++) {
    const prefix = `blk.${block}`;
    norm(`${prefix}.attn_norm`);
    norm(`${prefix}.ffn_norm`);
    if (spec.normPlacement === 'around') {
      norm(`${prefix}.post_attention_norm`);
      norm(`${prefix}.post_ffw_norm`);
    }
    if (spec.headNorms) {
      norm(`${prefix}.attn_q_norm`, headSize);
      norm(`${prefix}.attn_k_norm`, headSize);
    }
    product(`${prefix}.attn_q`, heads * headSize, embedding, qkvBias);
    product(`${prefix}.attn_k`, kvHeads * headSize, embedding, qkvBias);
    product(`${prefix}.attn_v`, kvHeads * headSize, embedding, qkvBias);
    product(`${prefix}.attn_output`, embedding, heads * headSize, otherBias);
    if (spec.gated) product(`${prefix}.ffn_gate`, feedForward, embedding, otherBias);
    product(`${prefix}.ffn_up`, feedForward, embedding, otherBias);
    product(`${prefix}.ffn_down`, embedding, feedForward, otherBias);
  }
  return tensors;
}

function checkRope({ base, factors }: RopeSpec, headSize: number): void {
  const usable = (value: number): boolean => value > 0 && value < Number.POSITIVE_INFINITY;
  if (!usable(base)) throw unusable(`a rotation base of ${base}`);
  if (factors === undefined) return;
  if (factors.length !== headSize / 2)
    throw unusable(`${factors.length} rotation factors for heads of ${headSize}`);
  for (const factor of factors) if (!usable(factor)) throw unusable(`a rotation factor of ${factor}`);
}

function checkNumber(name: string, value: number, limit: number): void {
  if (!Number.isInteger(value) || value < 1 || value > limit) throw unusable(`a ${name} of ${value}`);
}

function unusable(what: string): CodriverError {
  return new CodriverError('MODEL_CORRUPT', `The model claims ${what}.`, {
    remedy: 'Pull or convert the model again.',
  });
}
