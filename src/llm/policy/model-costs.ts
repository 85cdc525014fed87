import { cacheRow } from '../architectures/attention.ts';
import { checkSpec, type DecoderSpec, expectedTensors } from '../architectures/spec.ts';
import { layOut } from '../store/layout.ts';
import { damaged, type Encoding, elementsOf, type Manifest, type Quantisation } from '../store/manifest.ts';
import { readStoreSpec } from '../store/store-spec.ts';

/** A block, or the head: what is placed as a whole. */
export interface PartCost {
  /** `blk.0`, … or `head`. */
  readonly name: string;
  /** Bytes of weights that a pass reads, as they are packed for the kernels. */
  readonly bytes: number;
  readonly parameters: number;
  /** Whether only a pass's last token goes through: the head. */
  readonly lastTokenOnly: boolean;
  /** Bytes of keys and values of one token; 0 for the head. */
  readonly kvBytesPerToken: number;
  /** Multiplications and additions of the attention for one token and one token it sees. */
  readonly attentionFlops: number;
  /** Tokens that a token sees, at most. */
  readonly window: number;
  /** Parts whose identities are equal have one graph and cost the same. */
  readonly identity: string;
}

/** What a model costs, wherever it is placed. */
export interface ModelCosts {
  readonly architecture: string;
  /** In the order of a pass. */
  readonly parts: readonly PartCost[];
  /** W: bytes of all parts. */
  readonly weightBytes: number;
  readonly parameters: number;
  /** Bytes of the table that tokens are looked up in, row by row: neither held in memory nor read whole. */
  readonly lookupBytes: number;
  readonly kvBytesPerToken: number;
  /** Bytes of a token between two parts. */
  readonly hiddenBytes: number;
  /** Bytes that one token needs while one part computes, float32. */
  readonly workingBytesPerToken: number;
  /** Bytes that a block gives out for the cache, a token; those of a pass are kept until its end. */
  readonly rowBytesPerToken: number;
  readonly logitBytes: number;
  readonly context: number;
}

/** Keys and values are float32, and so is everything between two products. */
const FLOAT_BYTES = 4;

/** Costs of a finished store. Errors: MODEL_CORRUPT where the manifest's form isn't that of a decoder. */
export function costsOfStore(manifest: Manifest, subject: string): ModelCosts {
  return costsOfLayout(readStoreSpec(subject, manifest), manifest.blocks, subject);
}

/** Costs of a model as a store of these settings would have it, to the byte. */
export function costsOfSpec(spec: DecoderSpec, quantisation: Quantisation): ModelCosts {
  checkSpec(spec);
  const tensors = [...expectedTensors(spec)].map(([name, shape]) => ({
    name,
    shape,
    type: 'F32' as const,
    bytes: FLOAT_BYTES * elementsOf(shape),
  }));
  const blocks = layOut(tensors, quantisation).map(({ name, bytes, tensors: planned }) => ({
    name,
    bytes,
    tensors: planned.map(({ source, encoding, data, scales, minima }) => {
      return { name: source.name, shape: source.shape, encoding, data, scales, minima };
    }),
  }));
  return costsOfLayout(spec, blocks, spec.architecture);
}

/**
 * The same model with parts of other sizes, by their names, as they are once their weights are packed for the kernels
 * of a machine. Parts that `bytesOf` doesn't name keep theirs.
 */
export function withPartBytes(costs: ModelCosts, bytesOf: ReadonlyMap<string, number>): ModelCosts {
  const parts = costs.parts.map((part) => ({ ...part, bytes: bytesOf.get(part.name) ?? part.bytes }));
  return { ...costs, parts, weightBytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
}

interface LaidOutTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly encoding: Encoding;
  readonly data: { readonly bytes: number };
  readonly scales?: { readonly bytes: number } | undefined;
  readonly minima?: { readonly bytes: number } | undefined;
}

interface LaidOutBlock {
  readonly name: string;
  readonly bytes: number;
  readonly tensors: readonly LaidOutTensor[];
}

function costsOfLayout(spec: DecoderSpec, blocks: readonly LaidOutBlock[], subject: string): ModelCosts {
  const byName = new Map(blocks.map((block) => [block.name, block]));
  const parts = spec.blocks.map((_, index) => blockCost(spec, index, byName.get(`blk.${index}`), subject));
  const table = byName.get('embedding')?.tensors.find(({ name }) => name === 'token_embd.weight');
  if (table === undefined) throw damaged(subject, 'it has no embedding');
  const head = headCost(spec, byName.get('head'), table);
  const { rowWidth } = cacheRow(spec);
  const wide = spec.feedForward * (spec.gated ? 3 : 2);
  return {
    architecture: spec.architecture,
    parts: [...parts, head],
    weightBytes: [...parts, head].reduce((sum, { bytes }) => sum + bytes, 0),
    parameters: [...parts, head].reduce((sum, { parameters }) => sum + parameters, 0),
    lookupBytes: tensorBytes(table),
    kvBytesPerToken: parts.reduce((sum, { kvBytesPerToken }) => sum + kvBytesPerToken, 0),
    hiddenBytes: FLOAT_BYTES * spec.embedding,
    workingBytesPerToken: FLOAT_BYTES * (3 * spec.embedding + wide),
    rowBytesPerToken: FLOAT_BYTES * rowWidth,
    logitBytes: FLOAT_BYTES * spec.vocabulary,
    context: spec.context,
  };
}

function blockCost(
  spec: DecoderSpec,
  index: number,
  block: LaidOutBlock | undefined,
  subject: string,
): PartCost {
  if (block === undefined) throw damaged(subject, `it has no block ${index}`);
  const prefix = `blk.${index}.`;
  const graph = block.tensors.map(({ name, shape, encoding }) => [name.replace(prefix, ''), shape, encoding]);
  return {
    name: block.name,
    bytes: packedBytes(block.tensors),
    parameters: block.tensors.reduce((sum, { shape }) => sum + elementsOf(shape), 0),
    lastTokenOnly: false,
    kvBytesPerToken: FLOAT_BYTES * 2 * spec.kvHeads * spec.headSize,
    attentionFlops: 4 * spec.heads * spec.headSize,
    window: spec.blocks[index]?.window ?? spec.context,
    identity: JSON.stringify([graph, spec.blocks[index]]),
  };
}

/** A tied head reads the embedding's table; its own block has the last norm. */
function headCost(spec: DecoderSpec, block: LaidOutBlock | undefined, table: LaidOutTensor): PartCost {
  const own = block?.tensors.reduce((sum, { shape }) => sum + elementsOf(shape), 0) ?? 0;
  return {
    name: 'head',
    bytes: packedBytes([...(block?.tensors ?? []), ...(spec.tiedHead ? [table] : [])]),
    parameters: own + (spec.tiedHead ? elementsOf(table.shape) : 0),
    lastTokenOnly: true,
    kvBytesPerToken: 0,
    attentionFlops: 0,
    window: 0,
    identity: 'head',
  };
}

/** For the kernels, each group has a float32 scale and, since activations are rounded to 8 bits, a sum of its own. */
const PACKED_BYTES_PER_GROUP = 8;

/** Zero points are float32 as well. */
const ZERO_POINT_BYTES = 4;

/** Bytes of tensors once onnxruntime has packed them; what it computes with as floats, it has as float32. */
function packedBytes(tensors: readonly LaidOutTensor[]): number {
  return tensors.reduce((sum, { shape, encoding }) => {
    const elements = elementsOf(shape);
    if (encoding.type !== 'groups') return sum + FLOAT_BYTES * elements;
    const groupBytes = PACKED_BYTES_PER_GROUP + (encoding.symmetric ? 0 : ZERO_POINT_BYTES);
    return sum + (elements * encoding.bits) / 8 + groupBytes * (elements / encoding.group);
  }, 0);
}

function tensorBytes({ data, scales, minima }: LaidOutTensor): number {
  return data.bytes + (scales?.bytes ?? 0) + (minima?.bytes ?? 0);
}
