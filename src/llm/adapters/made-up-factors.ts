import { adaptedProducts } from '../architectures/adapted-products.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { type AdapterFactors, type LayerFactors, layerKey } from './adapter-factors.ts';

/** A small rank, so that what a block adds is not lost beside it. */
const RANK = 3;

/** Factors of every layer of one block, for comparing graphs that take adapters in: any numbers do. */
export function madeUpFactors(spec: DecoderSpec, block: number): AdapterFactors {
  const factors = new Map<string, LayerFactors>();
  for (const { columns, parts } of adaptedProducts(spec)) {
    for (const { module, rows } of parts) {
      const a = numbers(RANK * columns, 0.1, factors.size);
      factors.set(layerKey(block, module), {
        a,
        b: numbers(rows * RANK, 0.1, factors.size + 0.5),
        rank: RANK,
      });
    }
  }
  return factors;
}

function numbers(length: number, size: number, phase: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => size * Math.sin(i * 78.233 + phase));
}
