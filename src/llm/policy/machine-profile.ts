import { z } from 'zod';

const positive = z.number().positive();
const nonnegative = z.number().nonnegative();

/** What one executor does on this machine, at the number of threads that the profile names. */
const ExecutorProfileSchema = z.strictObject({
  /** Bytes of packed 4-bit weights (with scales) a second in passes over one token. */
  gemvBytesPerS: positive,
  /** Arithmetic of passes over 128 tokens and more, multiplications and additions counted apart. */
  gemmFlopsPerS: positive,
  /** What running one segment costs beside its weights. */
  segmentOverheadS: nonnegative,
});

/** What was measured of a machine, once; `codriver models plan` predicts from it. */
export const MachineProfileSchema = z.strictObject({
  version: z.literal(2),
  /** ISO 8601, UTC. */
  measuredAt: z.iso.datetime(),
  cpu: z.string(),
  threads: z.int().positive(),
  memoryBytes: z.int().positive(),
  /** Version of onnxruntime-node: other kernels, other speeds. */
  onnxruntime: z.string(),
  disk: z.strictObject({
    directory: z.string(),
    /** Whether O_DIRECT was there; else the file system's cache was dropped by other means or not at all. */
    direct: z.boolean(),
    /** `depth` reads of `blockBytes` under way at a time. */
    reads: z
      .array(
        z.strictObject({ blockBytes: z.int().positive(), depth: z.int().positive(), bytesPerS: positive }),
      )
      .min(1),
    writeBytesPerS: positive,
    /** Reads as weights are streamed: into buffers, and from there into a file in memory. */
    streamedBytesPerS: positive,
  }),
  memory: z.strictObject({ readBytesPerS: positive, copyBytesPerS: positive }),
  /** By the executor's name: `cpu-resident`, `cpu-streamed`, later GPU ones. */
  executors: z.record(z.string(), ExecutorProfileSchema),
  /** Copies to and from each device, by its name; none without a GPU. */
  links: z.record(z.string(), z.strictObject({ toDeviceBytesPerS: positive, fromDeviceBytesPerS: positive })),
});

export type MachineProfile = z.infer<typeof MachineProfileSchema>;
export type ExecutorProfile = z.infer<typeof ExecutorProfileSchema>;
