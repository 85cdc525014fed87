import { CodriverError } from '../../domain/errors.ts';
import type { WeightSource, WeightTensor } from '../formats/weight-source.ts';

/** Rows `from` to `from + count` of a tensor. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/** Where a tensor of a file goes: an internal name, and which of its rows in which order (absent: all). */
export interface Placement {
  readonly name: string;
  readonly rows?: readonly RowRange[];
}

/** The internal names of a file's tensor: several where products are fused; none to leave it unread; undefined: unknown. */
export type NameMap = (name: string) => readonly Placement[] | undefined;

interface Part {
  readonly source: WeightTensor;
  /** Pieces of the source's bytes, in order; absent: all of it. */
  readonly pieces?: readonly { readonly offset: number; readonly bytes: number }[];
}

/**
 * The tensors of a model under the names that the graph builder uses, those of llama.cpp: `token_embd.weight`,
 * `blk.0.attn_q.weight` and so on, whatever the file calls them and however it fuses them.
 */
export class ModelWeights implements WeightSource {
  readonly file: string;
  readonly #source: WeightSource;
  readonly #tensors = new Map<string, WeightTensor>();
  readonly #parts = new Map<string, Part>();

  /**
   * Checks that `expected` (names and shapes) is there: a tensor that is missing or has another shape is
   * MODEL_CORRUPT; one that is not expected would be computed without, and is MODEL_UNSUPPORTED.
   */
  constructor(
    source: WeightSource,
    architecture: string,
    names: NameMap,
    expected: ReadonlyMap<string, readonly number[]>,
  ) {
    this.file = source.file;
    this.#source = source;
    for (const tensor of source.tensors.values()) {
      const placements = names(tensor.name);
      if (placements === undefined) throw unknown(tensor.name, architecture);
      for (const placement of placements) {
        if (!expected.has(placement.name)) throw unknown(tensor.name, architecture);
        this.#place(tensor, placement);
      }
    }
    for (const [name, shape] of expected) {
      const found = this.get(name).shape;
      if (found.length !== shape.length || found.some((dimension, i) => dimension !== shape[i])) {
        throw new CodriverError(
          'MODEL_CORRUPT',
          `The tensor "${name}" of ${this.file} is ${found.join(' × ')}, not ${shape.join(' × ')}.`,
          { remedy: 'Pull or convert the model again.', details: { tensor: name, found, expected: shape } },
        );
      }
    }
  }

  get tensors(): ReadonlyMap<string, WeightTensor> {
    return this.#tensors;
  }

  /** The tensor of an internal name. */
  get(name: string): WeightTensor {
    const tensor = this.#tensors.get(name);
    if (tensor !== undefined) return tensor;
    throw new CodriverError('MODEL_CORRUPT', `The model file ${this.file} has no tensor "${name}".`, {
      remedy: 'Pull or convert the model again.',
      details: { tensor: name },
    });
  }

  async readTensor(tensor: WeightTensor): Promise<Uint8Array> {
    const part = this.#part(tensor);
    if (part.pieces === undefined) return this.#source.readTensor(part.source);
    const whole = Buffer.allocUnsafeSlow(tensor.bytes);
    await this.readTensorPart(tensor, 0, whole);
    return whole;
  }

  async readTensorPart(tensor: WeightTensor, offset: number, into: Uint8Array): Promise<void> {
    const part = this.#part(tensor);
    for (const [at, target] of located(part, offset, into)) {
      await this.#source.readTensorPart(part.source, at, target);
    }
  }

  readTensorPartSync(tensor: WeightTensor, offset: number, into: Uint8Array): void {
    const part = this.#part(tensor);
    for (const [at, target] of located(part, offset, into)) {
      this.#source.readTensorPartSync(part.source, at, target);
    }
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #place(source: WeightTensor, { name, rows }: Placement): void {
    const total = source.shape[0] as number;
    if (rows === undefined) {
      this.#tensors.set(name, { ...source, name });
      this.#parts.set(name, { source });
      return;
    }
    const rowBytes = source.bytes / total;
    const count = rows.reduce((sum, range) => sum + range.count, 0);
    if (rows.some(({ from, count: length }) => from + length > total)) {
      throw new CodriverError(
        'MODEL_CORRUPT',
        `The tensor "${source.name}" of ${this.file} has only ${total} rows.`,
        { remedy: 'Pull or convert the model again.', details: { tensor: source.name } },
      );
    }
    const pieces = rows.map(({ from, count: length }) => ({
      offset: from * rowBytes,
      bytes: length * rowBytes,
    }));
    const shape = [count, ...source.shape.slice(1)];
    this.#tensors.set(name, { name, type: source.type, shape, bytes: count * rowBytes });
    this.#parts.set(name, { source, pieces });
  }

  #part(tensor: WeightTensor): Part {
    const part = this.#parts.get(tensor.name);
    if (part === undefined)
      throw new CodriverError('INTERNAL', `"${tensor.name}" is no tensor of the model.`);
    return part;
  }
}

/** Where the bytes from `offset` on lie in the source, and which share of `into` each piece fills. */
function* located(part: Part, offset: number, into: Uint8Array): Generator<[number, Uint8Array]> {
  if (part.pieces === undefined) {
    yield [offset, into];
    return;
  }
  let [skip, done] = [offset, 0];
  for (const piece of part.pieces) {
    if (done === into.byteLength) return;
    if (skip >= piece.bytes) {
      skip -= piece.bytes;
      continue;
    }
    const bytes = Math.min(piece.bytes - skip, into.byteLength - done);
    yield [piece.offset + skip, into.subarray(done, done + bytes)];
    done += bytes;
    skip = 0;
  }
}

function unknown(tensor: string, architecture: string): CodriverError {
  return new CodriverError(
    'MODEL_UNSUPPORTED',
    `The model has a tensor "${tensor}", which is not computed here in a ${architecture} model.`,
    { remedy: 'Use a plain model of this architecture.', details: { tensor, architecture } },
  );
}
