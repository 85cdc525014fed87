import type { OnnxModelWriter } from '../../onnx/index.ts';

/** Small lists of whole numbers that nodes of a graph share. */
export class GraphConstants {
  readonly #graph: OnnxModelWriter;
  readonly #names = new Set<string>();

  constructor(graph: OnnxModelWriter) {
    this.#graph = graph;
  }

  /** Name of an int64 initializer [values.length]. */
  shape(values: readonly number[]): string {
    const name = `i64/${values.join(',')}`;
    if (!this.#names.has(name)) {
      this.#names.add(name);
      this.#graph.initializer(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));
    }
    return name;
  }

  /** Name of an int64 scalar initializer. */
  scalar(value: number): string {
    const name = `i64s/${value}`;
    if (!this.#names.has(name)) {
      this.#names.add(name);
      this.#graph.initializer(name, 'int64', [], BigInt64Array.of(BigInt(value)));
    }
    return name;
  }
}
