import { z } from 'zod';
import type { RopeSpec } from '../architectures/rope.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { damaged, type Manifest } from './manifest.ts';

const count = z.int().positive();

const RopeSchema = z.strictObject({
  base: z.number().positive(),
  factors: z.array(z.number().positive()).optional(),
  interleaved: z.boolean(),
});

const SpecSchema = z.strictObject({
  architecture: z.string().min(1),
  embedding: count,
  tableWidth: count,
  feedForward: count,
  heads: count,
  kvHeads: count,
  headSize: count,
  context: count,
  vocabulary: count,
  blocks: z.array(z.strictObject({ rope: RopeSchema.optional(), window: count.optional() })).min(1),
  norm: z.strictObject({
    kind: z.enum(['rms', 'layer']),
    epsilon: z.number().positive(),
    gammaOffset: z.number(),
  }),
  normPlacement: z.enum(['before', 'after', 'around']),
  finalNorm: z.boolean(),
  biases: z.enum(['none', 'qkv', 'all']),
  headNorms: z.boolean(),
  attentionScale: z.number(),
  alibi: z.boolean(),
  activation: z.enum(['silu', 'relu', 'gelu', 'gelu-tanh']),
  gated: z.boolean(),
  embeddingScale: z.number(),
  embeddingNorm: z.boolean(),
  learnedPositions: z.int().nonnegative().optional(),
  tiedHead: z.boolean(),
});

/** The form of a store's model. Equal rotations are one object, so that blocks share their tables. Errors: MODEL_CORRUPT. */
export function readStoreSpec(folder: string, manifest: Manifest): DecoderSpec {
  const parsed = SpecSchema.safeParse(manifest.spec);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(folder, `the form of its model: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
  }
  const ropes = new Map<string, RopeSpec>();
  const shared = (rope: z.infer<typeof RopeSchema>): RopeSpec => {
    const { factors, ...rest } = rope;
    const key = JSON.stringify(rope);
    const known = ropes.get(key) ?? { ...rest, ...(factors && { factors }) };
    ropes.set(key, known);
    return known;
  };
  const { blocks, learnedPositions, ...rest } = parsed.data;
  return {
    ...rest,
    learnedPositions,
    blocks: blocks.map(({ rope, window }) => ({
      ...(rope && { rope: shared(rope) }),
      ...(window !== undefined && { window }),
    })),
  };
}
