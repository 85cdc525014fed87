import { halfAtLeast, halfAtMost, halfToNumber, nearestHalf } from '../formats/half.ts';

/** How groups of weights are quantised. */
export interface GroupSettings {
  readonly bits: 4 | 8;
  /** Neighbouring weights of a row that share a scale; divides the row. */
  readonly group: number;
  /** Without a minimum: w = scale·(q − zero) with zero 8 or 128. Else w = scale·q + minimum. */
  readonly symmetric: boolean;
}

/** What quantising changed, over any number of weights. */
export class ErrorTally {
  #errors = 0;
  #magnitudes = 0;
  /** The same share in the group where it is largest: high where one weight dwarfs the others of its group. */
  worst = 0;

  /** Adds a group: the sum of its errors and that of its weights, without signs. */
  add(errors: number, magnitudes: number): void {
    this.#errors += errors;
    this.#magnitudes += magnitudes;
    if (errors > this.worst * magnitudes && magnitudes > 0) this.worst = errors / magnitudes;
  }

  /** Mean error of a weight, as a share of the mean weight (both without signs). */
  get mean(): number {
    return this.#magnitudes === 0 ? 0 : this.#errors / this.#magnitudes;
  }
}

/** Buffers of quantised rows; all in row order, two 4-bit quants a byte with the first in the low half. */
export interface QuantisedRows {
  readonly quants: Uint8Array;
  /** Half-precision bits, one a group. */
  readonly scales: Uint16Array;
  /** Half-precision bits, one a group; empty where symmetric. */
  readonly minima: Uint16Array;
}

/** Where a weight can't be stored: its place among the values. */
export class UnstorableWeight extends Error {
  readonly index: number;

  constructor(index: number) {
    super(`weight ${index} can't be stored`);
    this.index = index;
  }
}

/** Room for `weights` weights. */
export function newQuantisedRows(weights: number, { bits, group, symmetric }: GroupSettings): QuantisedRows {
  return {
    quants: new Uint8Array((weights * bits) / 8),
    scales: new Uint16Array(weights / group),
    minima: new Uint16Array(symmetric ? 0 : weights / group),
  };
}

/**
 * Quantises whole groups. Scales are rounded up and minima down to half precision, so that every weight of
 * a group is within half a step (its scale) of what comes back; groups of one half-precision number come
 * back exactly. Throws {@link UnstorableWeight} for NaN, infinities and groups beyond half precision.
 */
export function quantiseGroups(
  values: Float32Array,
  settings: GroupSettings,
  into: QuantisedRows,
  tally: ErrorTally,
): void {
  const { bits, group, symmetric } = settings;
  const levels = 2 ** bits - 1;
  const zero = symmetric ? 2 ** (bits - 1) : 0;
  for (let g = 0, first = 0; first < values.length; g++, first += group) {
    const [low, high] = extremes(values, first, group);
    const scaleBits = symmetric ? symmetricScale(low, high, zero) : 0;
    const minimumBits = symmetric ? 0 : halfAtMost(low);
    const minimum = halfToNumber(minimumBits);
    const finalScale = symmetric ? scaleBits : halfAtLeast((high - minimum) / levels);
    const scale = halfToNumber(finalScale);
    if (!Number.isFinite(scale) || !Number.isFinite(minimum)) {
      throw new UnstorableWeight(values.indexOf(Math.abs(low) > Math.abs(high) ? low : high, first));
    }
    into.scales[g] = finalScale;
    if (!symmetric) into.minima[g] = minimumBits;
    quantiseGroup(values, first, group, { scale, minimum, zero, levels, bits }, into.quants, tally);
  }
}

interface GroupNumbers {
  readonly scale: number;
  readonly minimum: number;
  readonly zero: number;
  readonly levels: number;
  readonly bits: 4 | 8;
}

function quantiseGroup(
  values: Float32Array,
  first: number,
  count: number,
  { scale, minimum, zero, levels, bits }: GroupNumbers,
  quants: Uint8Array,
  tally: ErrorTally,
): void {
  const inverse = scale === 0 ? 0 : 1 / scale;
  // w = scale·q + base; half a quant more, so that cutting off the fraction rounds.
  const base = minimum - scale * zero;
  const shift = zero + 0.5;
  let errors = 0;
  let magnitudes = 0;
  if (bits === 8) {
    for (let i = first; i < first + count; i++) {
      const value = values[i] as number;
      let quant = ((value - minimum) * inverse + shift) | 0;
      if (quant > levels) quant = levels;
      quants[i] = quant;
      errors += Math.abs(value - (scale * quant + base));
      magnitudes += Math.abs(value);
    }
  } else {
    for (let i = first; i < first + count; i += 2) {
      const one = values[i] as number;
      const two = values[i + 1] as number;
      let low = ((one - minimum) * inverse + shift) | 0;
      let high = ((two - minimum) * inverse + shift) | 0;
      if (low > levels) low = levels;
      if (high > levels) high = levels;
      quants[i >> 1] = low | (high << 4);
      errors += Math.abs(one - (scale * low + base)) + Math.abs(two - (scale * high + base));
      magnitudes += Math.abs(one) + Math.abs(two);
    }
  }
  tally.add(errors, magnitudes);
}

function extremes(values: Float32Array, first: number, count: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = first; i < first + count; i++) {
    const value = values[i] as number;
    // x − x is zero for finite numbers only.
    if (value - value !== 0) throw new UnstorableWeight(i);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** The range is zero quants on one side and one fewer on the other; its long side goes where the larger weight is. */
function symmetricScale(low: number, high: number, zero: number): number {
  const [above, below] = [Math.max(high, 0), Math.max(-low, 0)];
  const [large, small] = above > below ? [above, below] : [below, above];
  const bits = halfAtLeast(Math.max(large / zero, small / (zero - 0.5)));
  return above > below ? bits | 0x8000 : bits;
}

/** The weights of quantised groups, float32. */
export function expandGroups(
  { quants, scales, minima }: QuantisedRows,
  { bits, group, symmetric }: GroupSettings,
): Float32Array {
  const zero = symmetric ? 2 ** (bits - 1) : 0;
  const values = new Float32Array(scales.length * group);
  for (let g = 0; g < scales.length; g++) {
    const scale = halfToNumber(scales[g] as number);
    const minimum = symmetric ? 0 : halfToNumber(minima[g] as number);
    for (let i = g * group; i < (g + 1) * group; i++) {
      const quant = bits === 8 ? quants[i] : ((quants[i >> 1] as number) >> (4 * (i & 1))) & 15;
      values[i] = scale * ((quant as number) - zero) + minimum;
    }
  }
  return values;
}

/** Rounds to half precision; {@link UnstorableWeight} for what isn't finite there. */
export function roundToHalf(values: Float32Array, into: Uint16Array, tally: ErrorTally): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const bits = nearestHalf(value);
    const stored = halfToNumber(bits);
    if (!Number.isFinite(stored)) throw new UnstorableWeight(i);
    into[i] = bits;
    tally.add(Math.abs(value - stored), Math.abs(value));
  }
}
