import { CodriverError } from '../../domain/errors.ts';
import type { WeightTensor } from '../formats/weight-source.ts';
import {
  BLOCK_ALIGNMENT,
  type Encoding,
  type Quantisation,
  SECTION_ALIGNMENT,
  type Section,
  sectionBytes,
} from './manifest.ts';

/** Where a tensor will be: a {@link StoredTensor} before its contents are known. */
export interface PlannedTensor {
  readonly source: WeightTensor;
  readonly encoding: Encoding;
  readonly data: Section;
  readonly scales?: Section;
  readonly minima?: Section;
}

/** Where a block will be. */
export interface PlannedBlock {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  readonly tensors: readonly PlannedTensor[];
}

const GROUPS = [128, 64, 32] as const;

/**
 * Lays a model out: embedding, blocks in order, head; each starts on a page. Depends on names, shapes and
 * settings only, so that a conversion that was interrupted finds its blocks where they were.
 */
export function layOut(tensors: Iterable<WeightTensor>, quantisation: Quantisation): PlannedBlock[] {
  const byBlock = new Map<number, WeightTensor[]>();
  for (const tensor of tensors) {
    const place = placeOf(tensor.name);
    const list = byBlock.get(place);
    if (list === undefined) byBlock.set(place, [tensor]);
    else list.push(tensor);
  }
  const blocks: PlannedBlock[] = [];
  let offset = 0;
  for (const [place, members] of [...byBlock].sort(([a], [b]) => a - b)) {
    members.sort((a, b) => rankOf(a.name) - rankOf(b.name) || (a.name < b.name ? -1 : 1));
    const block = planBlock(nameOf(place), offset, members, quantisation);
    blocks.push(block);
    offset += block.bytes;
  }
  return blocks;
}

/** The parts of a block in the order in which a pass uses them. */
const ORDER = [
  'attn_norm',
  'attn_q',
  'attn_k',
  'attn_v',
  'attn_output',
  'post_attention_norm',
  'ffn_norm',
  'ffn_gate',
  'ffn_up',
  'ffn_down',
  'post_ffw_norm',
];

/** Where a tensor stands among those of its block (−1: first). */
function rankOf(name: string): number {
  const part = name.replace(/^blk\.\d+\./, '');
  return ORDER.findIndex((one) => part === one || part.startsWith(`${one}.`) || part.startsWith(`${one}_`));
}

const EMBEDDING = -1;
const HEAD = Number.MAX_SAFE_INTEGER;

/** The order of a tensor's block among all. */
function placeOf(name: string): number {
  const block = /^blk\.(\d+)\./.exec(name)?.[1];
  if (block !== undefined) return Number(block);
  return /^(output|project_out)/.test(name) ? HEAD : EMBEDDING;
}

function nameOf(place: number): string {
  return place === EMBEDDING ? 'embedding' : place === HEAD ? 'head' : `blk.${place}`;
}

function planBlock(
  name: string,
  offset: number,
  members: readonly WeightTensor[],
  quantisation: Quantisation,
): PlannedBlock {
  let end = 0;
  const section = (bytes: number): Section => {
    const at = Math.ceil(end / SECTION_ALIGNMENT) * SECTION_ALIGNMENT;
    end = at + bytes;
    return { offset: at, bytes };
  };
  const tensors = members.map((source): PlannedTensor => {
    if (source.shape.length === 0 || source.shape.length > 4) {
      throw new CodriverError(
        'MODEL_UNSUPPORTED',
        `Tensor "${source.name}" has ${source.shape.length} dimensions; 1 to 4 can be stored.`,
        { details: { tensor: source.name } },
      );
    }
    const encoding = encodingOf(source, quantisation);
    const [data, scales, minima] = sectionBytes(source.shape, encoding);
    return {
      source,
      encoding,
      data: section(data),
      ...(scales > 0 && { scales: section(scales) }),
      ...(minima > 0 && { minima: section(minima) }),
    };
  });
  return { name, offset, bytes: Math.ceil(end / BLOCK_ALIGNMENT) * BLOCK_ALIGNMENT, tensors };
}

/**
 * Vectors (norms, biases) stay float32; they are few and exact. Matrices get the largest groups, up to those
 * asked for, that divide their rows; where none does, and for learned positions, which are added and not
 * multiplied with, float16.
 */
function encodingOf({ name, shape }: WeightTensor, quantisation: Quantisation): Encoding {
  if (shape.length < 2) return { type: 'f32' };
  if (quantisation.bits === 16 || name.startsWith('position_embd')) return { type: 'f16' };
  const columns = shape.at(-1) as number;
  const group = GROUPS.find((size) => size <= quantisation.group && columns % size === 0);
  if (group === undefined) return { type: 'f16' };
  const { bits, symmetric } = quantisation;
  return { type: 'groups', bits, group, symmetric };
}
