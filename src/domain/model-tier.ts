import { z } from 'zod';

/**
 * What of a model lives in one tier of the machine, and what that costs. Tiers are listed fastest first; the names are
 * an open list (`gpu:0`, `cpu`, `nvme`).
 */
export const ModelTier = z.strictObject({
  tier: z.string(),
  /** In the order of a pass, neighbours joined: `blk.0–11, 13, head`; empty: none; `all`: the model is one session. */
  segments: z.string(),
  /** Bytes of those segments' weights; absent where the model is one session. */
  weightBytes: z.int().optional(),
  /** Bytes of the ring that streamed segments are read into; absent where the tier has none. */
  ringBytes: z.int().optional(),
  /** How full the tier is; absent where nothing bounds it. */
  budget: z
    .strictObject({
      /** Most bytes that may be used. */
      bytes: z.int(),
      /** Bytes in use: of `cpu`, the memory of the whole process, as its budget is. */
      usedBytes: z.int(),
    })
    .optional(),
  /** What was read from the tier within an interval; absent where nothing is, or where nobody looked yet. */
  read: z
    .strictObject({
      intervalMs: z.number(),
      bytes: z.int(),
      /** Bytes read, a second of the interval; 0 for an interval of no length. */
      bytesPerS: z.number(),
      /** Part of the interval in which something was being read. */
      readMs: z.number(),
      /** Time that passes had to wait for weights. */
      waitedMs: z.number(),
    })
    .optional(),
});
export type ModelTier = z.infer<typeof ModelTier>;
