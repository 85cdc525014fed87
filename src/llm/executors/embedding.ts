import { CodriverError } from '../../domain/errors.ts';
import type { DescribedModel } from '../architectures/describe.ts';
import type { ModelWeights } from '../architectures/model-weights.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { dequantize } from '../formats/dequantize.ts';
import type { WeightTensor } from '../formats/weight-source.ts';

/**
 * Turns tokens into the hidden state before the first block. Rows are looked up in the file itself: a few hundred
 * bytes a token from the page cache, no table in memory.
 */
export class EmbeddingReader {
  readonly #spec: DecoderSpec;
  readonly #tokens: RowReader;
  readonly #positions: RowReader | undefined;
  readonly #projection: Float32Array | undefined;
  readonly #norm: { readonly gamma: Float32Array; readonly beta: Float32Array } | undefined;

  constructor({ spec, weights }: DescribedModel) {
    this.#spec = spec;
    this.#tokens = new RowReader(weights, 'token_embd.weight');
    if (spec.learnedPositions !== undefined) this.#positions = new RowReader(weights, 'position_embd.weight');
    if (spec.tableWidth !== spec.embedding) this.#projection = whole(weights, 'project_in.weight');
    if (spec.embeddingNorm) {
      this.#norm = {
        gamma: whole(weights, 'token_embd_norm.weight'),
        beta: whole(weights, 'token_embd_norm.bias'),
      };
    }
  }

  /** float32 [tokens, embedding] of tokens whose first stands at position `from`. */
  rows(tokens: readonly number[], from: number): Float32Array {
    const { embedding, embeddingScale, learnedPositions, vocabulary } = this.#spec;
    const rows = new Float32Array(tokens.length * embedding);
    for (const [i, token] of tokens.entries()) {
      if (!(token >= 0 && token < vocabulary))
        throw new CodriverError('MODEL_FAILED', `Token ${token} is not among the model's ${vocabulary}.`);
      const row = rows.subarray(i * embedding, (i + 1) * embedding);
      const looked = this.#tokens.row(token);
      if (this.#projection === undefined) row.set(looked);
      else multiply(this.#projection, looked, row);
      if (embeddingScale !== 1)
        for (let j = 0; j < embedding; j++) row[j] = (row[j] as number) * embeddingScale;
      if (learnedPositions !== undefined) {
        const position = this.#positions?.row(from + i + learnedPositions);
        for (let j = 0; j < embedding; j++) row[j] = (row[j] as number) + (position?.[j] as number);
      }
      this.#normalise(row);
    }
    return rows;
  }

  /** Layer normalisation in place, where the model has one here. */
  #normalise(row: Float32Array): void {
    if (this.#norm === undefined) return;
    const { gamma, beta } = this.#norm;
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    const factor = 1 / Math.sqrt(variance + this.#spec.norm.epsilon);
    for (const [i, value] of row.entries())
      row[i] = (value - mean) * factor * (gamma[i] as number) + (beta[i] as number);
  }
}

/** Rows of one matrix, read when they are asked for. */
class RowReader {
  readonly #weights: ModelWeights;
  readonly #tensor: WeightTensor;
  readonly #bytes: Uint8Array;

  constructor(weights: ModelWeights, name: string) {
    this.#weights = weights;
    this.#tensor = weights.get(name);
    this.#bytes = new Uint8Array(this.#tensor.bytes / (this.#tensor.shape[0] as number));
  }

  row(index: number): Float32Array {
    this.#weights.readTensorPartSync(this.#tensor, index * this.#bytes.byteLength, this.#bytes);
    return dequantize(this.#tensor.type, this.#bytes);
  }
}

function whole(weights: ModelWeights, name: string): Float32Array {
  const tensor = weights.get(name);
  const bytes = new Uint8Array(tensor.bytes);
  weights.readTensorPartSync(tensor, 0, bytes);
  return dequantize(tensor.type, bytes);
}

/** into = matrix · x, matrix row-major [into.length, x.length]. */
function multiply(matrix: Float32Array, x: Float32Array, into: Float32Array): void {
  for (let row = 0; row < into.length; row++) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (matrix[row * x.length + i] as number) * (x[i] as number);
    into[row] = sum;
  }
}
