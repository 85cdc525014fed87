import { Tensor } from 'onnxruntime-node';
import { type AdaptedProduct, adaptedProducts, adapterInputs } from '../architectures/adapted-products.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { type AdapterFactors, layerKey } from './adapter-factors.ts';

/** Named tensors to feed. */
export type AdapterFeeds = Readonly<Record<string, Tensor>>;

/** The tensors of one product of one block. */
interface Pair {
  readonly product: AdaptedProduct['name'];
  readonly a: Tensor;
  readonly b: Tensor;
}

/**
 * An adapter as the graphs of a model take it in: tensors that are made once and fed in every pass, without a copy.
 * Modules without weights have the rank 0, which costs next to nothing and changes no bit.
 */
export class AdapterTensors {
  readonly #blocks: readonly (readonly Pair[])[];
  readonly #feeds = new Map<string, AdapterFeeds>();

  /** @param factors absent: no adapter at all */
  constructor(spec: DecoderSpec, factors: AdapterFactors = new Map()) {
    const products = adaptedProducts(spec);
    this.#blocks = spec.blocks.map((_, block) => products.map((product) => pair(product, block, factors)));
  }

  /** Feeds of one block, under the names of a graph that was written for block `graphBlock`. */
  block(block: number, graphBlock: number): AdapterFeeds {
    const key = `${block} ${graphBlock}`;
    const known = this.#feeds.get(key);
    if (known !== undefined) return known;
    const feeds: Record<string, Tensor> = {};
    for (const { product, a, b } of this.#blocks[block] ?? []) {
      const names = adapterInputs(graphBlock, product);
      feeds[names.a] = a;
      feeds[names.b] = b;
    }
    this.#feeds.set(key, feeds);
    return feeds;
  }

  /** Feeds of all blocks. */
  all(): AdapterFeeds {
    return Object.assign({}, ...this.#blocks.map((_, block) => this.block(block, block)));
  }
}

/** A's side by side as [columns, R], B's on the diagonal of [R, rows]. */
function pair(product: AdaptedProduct, block: number, factors: AdapterFactors): Pair {
  const { name, columns, parts } = product;
  const layers = parts.map(({ module }) => factors.get(layerKey(block, module)));
  const rank = layers.reduce((sum, layer) => sum + (layer?.rank ?? 0), 0);
  const width = parts.reduce((sum, { rows }) => sum + rows, 0);
  const a = new Float32Array(columns * rank);
  const b = new Float32Array(rank * width);
  let [first, left] = [0, 0];
  for (const [i, { rows }] of parts.entries()) {
    const layer = layers[i];
    if (layer !== undefined) {
      for (let inner = 0; inner < layer.rank; inner++) {
        for (let column = 0; column < columns; column++)
          a[column * rank + first + inner] = layer.a[inner * columns + column] as number;
        for (let row = 0; row < rows; row++)
          b[(first + inner) * width + left + row] = layer.b[row * layer.rank + inner] as number;
      }
      first += layer.rank;
    }
    left += rows;
  }
  return {
    product: name,
    a: new Tensor('float32', a, [columns, rank]),
    b: new Tensor('float32', b, [rank, width]),
  };
}
