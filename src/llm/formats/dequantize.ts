import type { GgmlTypeName } from './ggml-types.ts';
import { GGML_TYPES } from './ggml-types.ts';
import { halfToNumber } from './half.ts';

/** Elements of a quantised block. */
export const GROUP = 32;

/**
 * Expands ggml bytes to float32, exactly as ggml's `dequantize_row_*` (w = d·q, d·(q − 8) or d·q + m).
 * Used for norms, embedding rows and F16/F32 matrices; quantised matrices stay quantised.
 */
export function dequantize(type: GgmlTypeName, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { blockElements, blockBytes } = GGML_TYPES[type];
  const blocks = bytes.byteLength / blockBytes;
  const values = new Float32Array(blocks * blockElements);
  for (let block = 0; block < blocks; block++) {
    const at = block * blockBytes;
    const to = block * blockElements;
    switch (type) {
      case 'F32':
        values[to] = view.getFloat32(at, true);
        break;
      case 'F16':
        values[to] = halfToNumber(view.getUint16(at, true));
        break;
      case 'Q8_0': {
        const d = halfToNumber(view.getUint16(at, true));
        for (let i = 0; i < GROUP; i++) values[to + i] = d * view.getInt8(at + 2 + i);
        break;
      }
      case 'Q4_0': {
        const d = halfToNumber(view.getUint16(at, true));
        for (let i = 0; i < GROUP / 2; i++) {
          const pair = view.getUint8(at + 2 + i);
          values[to + i] = d * ((pair & 15) - 8);
          values[to + i + GROUP / 2] = d * ((pair >> 4) - 8);
        }
        break;
      }
      case 'Q4_1': {
        const d = halfToNumber(view.getUint16(at, true));
        const m = halfToNumber(view.getUint16(at + 2, true));
        for (let i = 0; i < GROUP / 2; i++) {
          const pair = view.getUint8(at + 4 + i);
          values[to + i] = Math.fround(d * (pair & 15)) + m;
          values[to + i + GROUP / 2] = Math.fround(d * (pair >> 4)) + m;
        }
        break;
      }
    }
  }
  return values;
}
