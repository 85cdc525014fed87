import { CodriverError } from '../../domain/errors.ts';
import { dequantize } from '../formats/dequantize.ts';
import type { GgufFile, GgufTensorInfo } from '../formats/gguf.ts';

/** Looks embedding rows up in the file itself: a few hundred bytes a token from the page cache, no table in memory. */
export class EmbeddingReader {
  readonly #gguf: GgufFile;
  readonly #tensor: GgufTensorInfo;
  readonly #rowBytes: number;
  readonly columns: number;

  constructor(gguf: GgufFile) {
    const tensor = gguf.tensors.get('token_embd.weight');
    if (tensor === undefined || tensor.shape.length !== 2) {
      throw new CodriverError('MODEL_CORRUPT', `The model file ${gguf.file} has no embedding matrix.`);
    }
    this.#gguf = gguf;
    this.#tensor = tensor;
    this.columns = tensor.shape[1] as number;
    this.#rowBytes = tensor.bytes / (tensor.shape[0] as number);
  }

  /** float32 [tokens, columns]. */
  rows(tokens: readonly number[]): Float32Array {
    const rows = new Float32Array(tokens.length * this.columns);
    const bytes = new Uint8Array(this.#rowBytes);
    for (const [i, token] of tokens.entries()) {
      this.#gguf.readTensorPartSync(this.#tensor, token * this.#rowBytes, bytes);
      rows.set(dequantize(this.#tensor.type, bytes), i * this.columns);
    }
    return rows;
  }
}
