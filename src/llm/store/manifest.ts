import { z } from 'zod';
import { CodriverError } from '../../domain/errors.ts';

/** Name of the manifest in a store's folder; a store exists once it does. */
export const MANIFEST_FILE = 'manifest.json';

/** Blocks start at multiples of this and are padded to it, so that they can be read with O_DIRECT. */
export const BLOCK_ALIGNMENT = 4096;

/** Sections within a block start at multiples of this, a cache line. */
export const SECTION_ALIGNMENT = 64;

const VERSION = 1;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** Bytes within a block. */
const SectionSchema = z.strictObject({ offset: count.multipleOf(SECTION_ALIGNMENT), bytes: count });

const groupSize = z.union([z.literal(32), z.literal(64), z.literal(128)]);

/** How a tensor's numbers are stored. */
const EncodingSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('f32') }),
  z.strictObject({ type: z.literal('f16') }),
  z.strictObject({
    type: z.literal('groups'),
    bits: z.union([z.literal(4), z.literal(8)]),
    group: groupSize,
    symmetric: z.boolean(),
  }),
]);

const StoredTensorSchema = z.strictObject({
  /** The runtime's internal name, that of llama.cpp: `blk.0.attn_q.weight`. */
  name: z.string().min(1),
  /** Row-major. */
  shape: z.array(z.int().positive()).min(1).max(4),
  encoding: EncodingSchema,
  /** Numbers in row order, or quants: two of 4 bits a byte, the first in the low half. Little-endian. */
  data: SectionSchema,
  /** float16, one a group, in row order. */
  scales: SectionSchema.optional(),
  /** float16, one a group, in row order; absent where symmetric. */
  minima: SectionSchema.optional(),
  /** CRC-32 over the tensor's sections in order. */
  crc32: z.int().nonnegative().max(0xffffffff),
  /** Mean error of a weight as a share of the mean weight, both without signs. */
  meanError: z.number().nonnegative(),
  /** The same share in the group where it is largest (of single weights in float16). */
  worstError: z.number().nonnegative(),
});

/** `embedding`, `blk.0`, `blk.1`, … or `head`. */
const blockName = z.string().regex(/^(embedding|head|blk\.\d+)$/);

const StoredBlockSchema = z.strictObject({
  name: blockName,
  /** Bytes from the start of the data file. */
  offset: count.multipleOf(BLOCK_ALIGNMENT),
  /** With padding. */
  bytes: z.int().positive().multipleOf(BLOCK_ALIGNMENT),
  sha256,
  tensors: z.array(StoredTensorSchema).min(1),
});

const FileSchema = z.strictObject({ name: z.string().min(1), bytes: count, sha256 });

const SidecarSchema = FileSchema.extend({ name: plainName });

/** What was asked for. Matrices whose rows are not whole groups have smaller groups, or are float16. */
const QuantisationSchema = z.discriminatedUnion('bits', [
  z.strictObject({
    bits: z.union([z.literal(4), z.literal(8)]),
    group: groupSize,
    symmetric: z.boolean(),
  }),
  z.strictObject({ bits: z.literal(16) }),
]);

/** What was converted; `dummy`: nothing, the weights are made up from a seed and there are no files. */
const SourceSchema = z
  .strictObject({
    format: z.enum(['gguf', 'safetensors', 'dummy']),
    files: z.array(FileSchema),
    seed: count.optional(),
  })
  .refine(({ format, files, seed }) =>
    format === 'dummy' ? files.length === 0 && seed !== undefined : files.length > 0 && seed === undefined,
  );

/** The manifest of a store. */
const ManifestSchema = z.strictObject({
  format: z.literal('codriver-store'),
  version: z.literal(VERSION),
  /** Says what was converted how; equal inputs and settings give equal ids and equal data. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  source: SourceSchema,
  architecture: z.string().min(1),
  /** The form of the model, as the graph builder takes it. */
  spec: z.record(z.string(), z.json()),
  /** The file that holds the vocabulary, or why there is none. */
  tokenizer: z.union([SidecarSchema, z.strictObject({ missing: z.string() })]),
  quantisation: QuantisationSchema,
  /** Number of weights. */
  weights: z.int().positive(),
  data: z.strictObject({ file: plainName, bytes: z.int().positive().multipleOf(BLOCK_ALIGNMENT) }),
  blocks: z.array(StoredBlockSchema).min(1),
});

export type Manifest = z.infer<typeof ManifestSchema>;
export type StoredBlock = z.infer<typeof StoredBlockSchema>;
export type StoredTensor = z.infer<typeof StoredTensorSchema>;
export type Section = z.infer<typeof SectionSchema>;
export type Encoding = z.infer<typeof EncodingSchema>;
export type Quantisation = z.infer<typeof QuantisationSchema>;

/** One finished block, as the journal of a conversion keeps it. */
export const FinishedBlockSchema = StoredBlockSchema;

/** Sections of a tensor in the order in which they are checked: data, scales, minima. */
export function sectionsOf({ data, scales, minima }: Pick<StoredTensor, 'data' | 'scales' | 'minima'>) {
  return [data, scales, minima].filter((section) => section !== undefined);
}

/** Number of elements. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Bits a weight of what is stored, everything counted that a pass reads. */
export function bitsPerWeight({ data, weights }: Pick<Manifest, 'data' | 'weights'>): number {
  return (8 * data.bytes) / weights;
}

/**
 * Parses and checks a manifest: every section lies in its block, every block in the file, nothing overlaps,
 * and sizes follow from shapes. `subject` is the store's folder, for errors. Errors: MODEL_CORRUPT,
 * MODEL_UNSUPPORTED for another version.
 */
export function parseManifest(text: string, subject: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(subject, `${MANIFEST_FILE} is not JSON (${(cause as Error).message})`);
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format === 'codriver-store' && typeof version === 'number' && version !== VERSION) {
    throw new CodriverError(
      'MODEL_UNSUPPORTED',
      `The store ${subject} has version ${version}; version ${VERSION} is read.`,
      { remedy: 'Convert the model again: `npx codriver models quantize`.' },
    );
  }
  const parsed = ManifestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(subject, `${MANIFEST_FILE}: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
  }
  checkLayout(parsed.data, subject);
  return parsed.data;
}

function checkLayout({ blocks, data, weights }: Manifest, subject: string): void {
  let end = 0;
  let elements = 0;
  for (const block of blocks) {
    if (block.offset !== end) throw damaged(subject, `block "${block.name}" is not where it should be`);
    end += block.bytes;
    let within = 0;
    for (const tensor of block.tensors) {
      const place = `tensor "${tensor.name}" of block "${block.name}"`;
      const expected = sectionBytes(tensor.shape, tensor.encoding);
      const found = [tensor.data, tensor.scales, tensor.minima].map((section) => section?.bytes ?? 0);
      if (expected.some((bytes, i) => bytes !== found[i]))
        throw damaged(subject, `${place} has sections of other sizes than its shape`);
      for (const section of sectionsOf(tensor)) {
        if (section.offset < within || section.offset + section.bytes > block.bytes)
          throw damaged(subject, `${place} does not lie where it has room`);
        within = section.offset + section.bytes;
      }
      elements += elementsOf(tensor.shape);
    }
  }
  if (end !== data.bytes || elements !== weights)
    throw damaged(subject, `its blocks are not those of ${data.bytes} bytes and ${weights} weights`);
}

/** Bytes of data, scales and minima of a tensor. */
export function sectionBytes(shape: readonly number[], encoding: Encoding): [number, number, number] {
  const elements = elementsOf(shape);
  if (encoding.type === 'f32') return [4 * elements, 0, 0];
  if (encoding.type === 'f16') return [2 * elements, 0, 0];
  const groups = elements / encoding.group;
  return [(elements * encoding.bits) / 8, 2 * groups, encoding.symmetric ? 0 : 2 * groups];
}

/** MODEL_CORRUPT for a store. */
export function damaged(subject: string, why: string, details: Record<string, unknown> = {}): CodriverError {
  return new CodriverError('MODEL_CORRUPT', `The store ${subject} is damaged: ${why}.`, {
    remedy: 'Convert the model again: `npx codriver models quantize SOURCE --out FOLDER --force`.',
    details: { store: subject, ...details },
  });
}
