/** How good it is to merge two neighbours, lower first; undefined when they may not be merged. */
export type PairRank = (left: string, right: string) => number | undefined;

/**
 * Byte-pair merging (Sennrich et al. 2016): the best pair is merged, the leftmost among equals, until none is
 * left. Ranks of pairs are kept, so a merge costs two look-ups and a scan.
 */
export function mergePairs(symbols: readonly string[], rank: PairRank): string[] {
  const parts = [...symbols];
  const rankAt = (i: number): number =>
    i + 1 < parts.length ? (rank(parts[i] as string, parts[i + 1] as string) ?? Infinity) : Infinity;
  const ranks = parts.map((_, i) => rankAt(i));
  for (;;) {
    let best = -1;
    let bestRank = Infinity;
    for (let i = 0; i < ranks.length; i++) {
      if ((ranks[i] as number) < bestRank) {
        best = i;
        bestRank = ranks[i] as number;
      }
    }
    if (best < 0) return parts;
    parts.splice(best, 2, `${parts[best]}${parts[best + 1]}`);
    ranks.splice(best + 1, 1);
    ranks[best] = rankAt(best);
    if (best > 0) ranks[best - 1] = rankAt(best - 1);
  }
}
