import { halfAt } from './half.ts';
import type { QuantLayout } from './quant-layout.ts';

/** Groups of a store as blocks: a float16 scale, a float16 minimum where asymmetric, and the quants as they lie. */
function groups(bits: 4 | 8, group: 32 | 64 | 128, isSymmetric: boolean): QuantLayout {
  const quantsAt = isSymmetric ? 2 : 4;
  return {
    group,
    zero: isSymmetric ? 2 ** (bits - 1) : 0,
    bits,
    hasOffsets: !isSymmetric,
    readScales(bytes, at, { scales, offsets }) {
      scales[0] = halfAt(bytes, at);
      if (!isSymmetric) offsets[0] = halfAt(bytes, at + 2);
    },
    readQuants(bytes, at, quants, to) {
      const from = at + quantsAt;
      if (bits === 8) {
        quants.set(bytes.subarray(from, from + group), to);
        return;
      }
      for (let i = 0; i < group / 2; i++) {
        const pair = bytes[from + i] as number;
        quants[to + 2 * i] = pair & 15;
        quants[to + 2 * i + 1] = pair >> 4;
      }
    },
  };
}

/** The layouts of a store's groups. */
export const GROUP_QUANTS = {
  S4_32: groups(4, 32, true),
  S4_64: groups(4, 64, true),
  S4_128: groups(4, 128, true),
  A4_32: groups(4, 32, false),
  A4_64: groups(4, 64, false),
  A4_128: groups(4, 128, false),
  S8_32: groups(8, 32, true),
  S8_64: groups(8, 64, true),
  S8_128: groups(8, 128, true),
  A8_32: groups(8, 32, false),
  A8_64: groups(8, 64, false),
  A8_128: groups(8, 128, false),
} as const satisfies Record<string, QuantLayout>;
