/**
 * How steeply each head's bias falls with distance (Press et al. 2021, and its reference code for numbers of heads
 * that are no power of two): 2^(−8i/n) for the n heads of the power of two below, then every other one of 2n.
 */
export function alibiSlopes(heads: number): Float32Array {
  const power = 2 ** Math.floor(Math.log2(heads));
  return Float32Array.from({ length: heads }, (_, head) =>
    head < power ? 2 ** ((-8 * (head + 1)) / power) : 2 ** ((-4 * (2 * (head - power) + 1)) / power),
  );
}
