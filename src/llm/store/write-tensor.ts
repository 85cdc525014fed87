import type { FileHandle } from 'node:fs/promises';
import { CodriverError } from '../../domain/errors.ts';
import { dequantize } from '../formats/dequantize.ts';
import { writeExactly } from '../formats/exact-io.ts';
import type { WeightSource, WeightTensor } from '../formats/weight-source.ts';
import {
  ErrorTally,
  newQuantisedRows,
  quantiseGroups,
  roundToHalf,
  UnstorableWeight,
} from './group-quantiser.ts';
import type { PlannedTensor } from './layout.ts';
import { elementsOf, type Section } from './manifest.ts';

/** Most bytes of a source tensor that are in memory at once (but always a whole row). */
const SLICE_BYTES = 1 << 20;

/** What storing a tensor changed, as shares; see the manifest. */
export interface TensorErrors {
  readonly meanError: number;
  readonly worstError: number;
}

/**
 * Converts a tensor some rows at a time and writes it into its place; `blockOffset` is where its block begins
 * in the file. Errors: MODEL_CORRUPT for a number that can't be stored, naming tensor, row and column.
 */
export async function writeTensor(
  source: WeightSource,
  planned: PlannedTensor,
  handle: FileHandle,
  blockOffset: number,
  onSlice: (sourceBytes: number) => void,
): Promise<TensorErrors> {
  const { source: tensor } = planned;
  const columns = tensor.shape.at(-1) as number;
  const rows = elementsOf(tensor.shape) / columns;
  const rowBytes = tensor.bytes / rows;
  const step = Math.min(rows, Math.max(1, Math.floor(SLICE_BYTES / rowBytes)));
  const bytes = new Uint8Array(step * rowBytes);
  const floats = new Float32Array(step * columns);
  const tally = new ErrorTally();
  const encode = encoderOf(planned, step * columns, tally);
  for (let row = 0; row < rows; row += step) {
    const slice = bytes.subarray(0, Math.min(step, rows - row) * rowBytes);
    await source.readTensorPart(tensor, row * rowBytes, slice);
    const values = dequantize(tensor.type, slice, floats);
    for (const [section, data] of encoded(encode, values, tensor, row)) {
      // Each section grows in proportion to the rows.
      const at = blockOffset + section.offset + (section.bytes / rows) * row;
      await writeExactly(handle.fd, at, data);
    }
    onSlice(slice.length);
  }
  return { meanError: tally.mean, worstError: tally.worst };
}

/** The bytes of each section for some values. */
type Encoder = (values: Float32Array) => readonly (readonly [Section, ArrayBufferView])[];

function encoderOf(planned: PlannedTensor, weights: number, tally: ErrorTally): Encoder {
  const { encoding, data, scales, minima } = planned;
  switch (encoding.type) {
    case 'f32':
      return (values) => {
        const bad = values.findIndex((value) => !Number.isFinite(value));
        if (bad >= 0) throw new UnstorableWeight(bad);
        return [[data, values]];
      };
    case 'f16': {
      const halves = new Uint16Array(weights);
      return (values) => {
        roundToHalf(values, halves, tally);
        return [[data, halves.subarray(0, values.length)]];
      };
    }
    case 'groups': {
      const rows = newQuantisedRows(weights, encoding);
      return (values) => {
        quantiseGroups(values, encoding, rows, tally);
        const groups = values.length / encoding.group;
        return [
          [data, rows.quants.subarray(0, (values.length * encoding.bits) / 8)] as const,
          ...(scales === undefined ? [] : [[scales, rows.scales.subarray(0, groups)] as const]),
          ...(minima === undefined ? [] : [[minima, rows.minima.subarray(0, groups)] as const]),
        ];
      };
    }
  }
}

function encoded(encode: Encoder, values: Float32Array, tensor: WeightTensor, row: number) {
  try {
    return encode(values);
  } catch (error) {
    if (!(error instanceof UnstorableWeight)) throw error;
    const columns = tensor.shape.at(-1) as number;
    const [badRow, column] = [row + Math.floor(error.index / columns), error.index % columns];
    throw new CodriverError(
      'MODEL_CORRUPT',
      `Tensor "${tensor.name}" has ${values[error.index]} in row ${badRow} at column ${column}, which can't be stored.`,
      {
        remedy: 'Pull or copy the model again; weights must be finite and within ±65504.',
        details: { tensor: tensor.name, row: badRow, column },
      },
    );
  }
}
