import type { OnnxModelWriter } from '../../onnx/index.ts';
import type { Activation } from './linear.ts';
import type { DecoderSpec } from './spec.ts';

/** The linear layers of a gated block, as PEFT names them. */
export const ADAPTED_MODULES = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
] as const;
export type AdaptedModule = (typeof ADAPTED_MODULES)[number];

/** One matrix product of a block that an adapter adds to: columns in, and the modules whose rows lie side by side. */
export interface AdaptedProduct {
  readonly name: 'qkv' | 'out' | 'gate' | 'up' | 'down';
  readonly columns: number;
  readonly parts: readonly { readonly module: AdaptedModule; readonly rows: number }[];
}

/** Whether adapters are computed for a model: llama, Qwen2 and Gemma 3 are gated; OPT and BLOOM name other layers. */
export function isAdaptable(spec: DecoderSpec): boolean {
  return spec.gated;
}

/**
 * The adapted products of a block. Gate and up are apart although the base computes them as one: together, half of
 * their second factor would be zeros, 0.2 MB a block of SmolLM2 at rank 16. For queries, keys and values, the zeros
 * cost less than the operators it takes to leave them out (a pass 23 % longer than without adapters, against 25 %).
 */
export function adaptedProducts(spec: DecoderSpec): readonly AdaptedProduct[] {
  const { embedding, feedForward, heads, kvHeads, headSize } = spec;
  const [queries, keys] = [heads * headSize, kvHeads * headSize];
  return [
    {
      name: 'qkv',
      columns: embedding,
      parts: [
        { module: 'q_proj', rows: queries },
        { module: 'k_proj', rows: keys },
        { module: 'v_proj', rows: keys },
      ],
    },
    { name: 'out', columns: queries, parts: [{ module: 'o_proj', rows: embedding }] },
    { name: 'gate', columns: embedding, parts: [{ module: 'gate_proj', rows: feedForward }] },
    { name: 'up', columns: embedding, parts: [{ module: 'up_proj', rows: feedForward }] },
    { name: 'down', columns: feedForward, parts: [{ module: 'down_proj', rows: embedding }] },
  ];
}

/**
 * Names of an adapter's inputs to a graph, float32: A [columns, R] and B [R, rows]. R is the sum of the ranks of the
 * product's modules, 0 where the adapter has none of them.
 */
export function adapterInputs(block: number, product: AdaptedProduct['name']): { a: string; b: string } {
  return { a: `adapter_a_${block}_${product}`, b: `adapter_b_${block}_${product}` };
}

/** Writes base + (x·A)·B beside a product of a block: two small nodes over inputs of the graph. */
export function writeSidePath(
  graph: OnnxModelWriter,
  block: number,
  product: AdaptedProduct,
  x: Activation,
  base: string,
  output: string,
): string {
  const { a, b } = adapterInputs(block, product.name);
  const rank = `${a}_rank`;
  const rows = product.parts.reduce((sum, part) => sum + part.rows, 0);
  graph.input(a, 'float32', [product.columns, rank]);
  graph.input(b, 'float32', [rank, rows]);
  const inner = graph.node('MatMul', [x.name, a], [`${output}/inner`]);
  return graph.node('Gemm', [inner, b, base], [output]);
}
