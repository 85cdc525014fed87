/** One part of a pass. */
export interface PassStep {
  readonly computeS: number;
  /** Seconds that its weights take to be read in every pass; 0: they are in memory. */
  readonly readS: number;
}

/** How long passes take. */
export interface PassTiming {
  /** The first, with empty buffers. */
  readonly coldS: number;
  /** Each of many, the buffers having been filled while the pass before was computed. */
  readonly steadyS: number;
}

/** Passes that are played through, and those before the ring has settled. */
const PASSES = 6;
const SETTLED = 3;

/**
 * Plays passes through: one reader fills `slots` buffers in turn, from the last part on to the first of the next
 * pass; a buffer is free again once its part was computed; parts are computed one after another.
 */
export function timePasses(steps: readonly PassStep[], slots: number): PassTiming {
  const freeAt = new Array<number>(slots).fill(0);
  const ends: number[] = [];
  let [computed, read, reads] = [0, 0, 0];
  for (let pass = 0; pass < PASSES; pass++) {
    for (const { computeS, readS } of steps) {
      if (readS === 0) {
        computed += computeS;
        continue;
      }
      const slot = reads++ % slots;
      read = Math.max(read, freeAt[slot] as number) + readS;
      computed = Math.max(computed, read) + computeS;
      freeAt[slot] = computed;
    }
    ends.push(computed);
  }
  const [cold, settled, last] = [ends[0], ends[SETTLED - 1], ends[PASSES - 1]] as [number, number, number];
  return { coldS: cold, steadyS: (last - settled) / (PASSES - SETTLED) };
}
