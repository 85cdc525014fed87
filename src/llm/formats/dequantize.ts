import { WEIGHT_TYPES, type WeightType } from './ggml-types.ts';
import { halfAt } from './half.ts';
import { QUANT_LAYOUTS, type QuantisedType } from './quant-blocks.ts';
import { newBlockParts } from './quant-layout.ts';

/**
 * Expands ggml bytes to float32, bit by bit as gguf-py's `dequantize` and ggml's `dequantize_row_*`; a scale
 * that is not finite gives values that are not. Used for norms, embedding rows and unquantised matrices.
 * `bytes` holds whole blocks; the result is the beginning of `room`, when there is one.
 */
export function dequantize(type: WeightType, bytes: Uint8Array, room?: Float32Array): Float32Array {
  const { blockElements, blockBytes } = WEIGHT_TYPES[type];
  const count = (bytes.byteLength / blockBytes) * blockElements;
  const values = room?.subarray(0, count) ?? new Float32Array(count);
  switch (type) {
    case 'F32': {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(4 * i, true);
      return values;
    }
    case 'F16':
      for (let i = 0; i < values.length; i++) values[i] = halfAt(bytes, 2 * i);
      return values;
    case 'BF16': {
      // The upper half of a float32.
      const bits = new Uint32Array(values.buffer, values.byteOffset, count);
      for (let i = 0; i < bits.length; i++) {
        bits[i] = ((bytes[2 * i] as number) << 16) | ((bytes[2 * i + 1] as number) << 24);
      }
      return values;
    }
    default:
      expand(type, bytes, values);
      return values;
  }
}

function expand(type: QuantisedType, bytes: Uint8Array, values: Float32Array): void {
  const { blockElements, blockBytes } = WEIGHT_TYPES[type];
  const { group, zero, hasOffsets, readScales, readQuants } = QUANT_LAYOUTS[type];
  const parts = newBlockParts();
  const { quants, scales, offsets } = parts;
  for (let at = 0, to = 0; to < values.length; at += blockBytes, to += blockElements) {
    readScales(bytes, at, parts);
    readQuants(bytes, at, quants, 0);
    for (let first = 0, g = 0; first < blockElements; first += group, g++) {
      const scale = scales[g] as number;
      const offset = offsets[g] as number;
      for (let i = first; i < first + group; i++) {
        const product = scale * ((quants[i] as number) - zero);
        // Products have at most 22 bits where there are offsets, so they are exact in float32 as well.
        values[to + i] = hasOffsets ? product + offset : product;
      }
    }
  }
}
