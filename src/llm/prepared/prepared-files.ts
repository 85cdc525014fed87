import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CodriverError } from '../../domain/errors.ts';
import { writeDurably } from '../store/durable-write.ts';

/** Pieces of a segment with a checksum each: large enough for a disk's full rate. */
export const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * How segments are read: piece by piece, as many at a time as libuv has threads. With more buffers than that, a thread
 * always finds one to read into or to copy from (3.4 GB/s with 6, as without copying; 2.7 with 4).
 */
export const STREAMED_READ = { blockBytes: PIECE_BYTES, depth: 4, buffers: 6 } as const;

const bytes = z.int().nonnegative().multipleOf(4096);
const crc32 = z.int().nonnegative().max(0xffffffff);

const KindSchema = z.strictObject({
  version: z.literal(1),
  signature: z.string().regex(/^[0-9a-f]{16}$/),
  /** The segment whose names the graph has, and whose weights are there to create sessions with. */
  template: z.string(),
  /** Its block, for the names of inputs; the number of blocks for the head. */
  block: z.int().nonnegative(),
  streamedBytes: bytes,
  sharedBytes: bytes,
  creationBytes: bytes,
  /** Of the graph's file, and of the two others. */
  crc32s: z.strictObject({ graph: crc32, shared: crc32, creation: crc32 }),
});

const SegmentSchema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  kind: z.string().regex(/^[0-9a-f]{16}$/),
  bytes,
  /** Of each piece of {@link PIECE_BYTES}, the last one shorter. */
  crc32s: z.array(crc32),
});

/** Segments that can take each other's place in a session. */
export type PreparedKind = z.infer<typeof KindSchema>;

/** A segment as it is streamed. */
export type PreparedSegment = z.infer<typeof SegmentSchema>;

/** The files of one prepared model. Those named `….json` are written last: what they speak of is complete. */
export class PreparedFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Whether everything is here, and was checked. */
  isComplete(): boolean {
    return existsSync(this.#complete);
  }

  async writeComplete(): Promise<void> {
    await writeDurably(this.#complete, '{}');
  }

  get #complete(): string {
    return path.join(this.folder, 'complete.json');
  }

  kind(signature: string) {
    const base = path.join(this.folder, `kind-${signature}`);
    return {
      manifest: `${base}.json`,
      graph: `${base}.onnx`,
      shared: `${base}.shared`,
      creation: `${base}.creation`,
    };
  }

  segment(name: string) {
    const base = path.join(this.folder, name);
    return { manifest: `${base}.json`, data: `${base}.bin` };
  }

  /** Undefined where it isn't prepared yet. Errors: MODEL_CORRUPT. */
  readKind(signature: string): Promise<PreparedKind | undefined> {
    return read(this.kind(signature).manifest, KindSchema);
  }

  /** Undefined where it isn't prepared yet. Errors: MODEL_CORRUPT. */
  readSegment(name: string): Promise<PreparedSegment | undefined> {
    return read(this.segment(name).manifest, SegmentSchema);
  }
}

async function read<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CodriverError('MODEL_CORRUPT', `The prepared file ${file} is damaged.`, {
      remedy: `Remove the folder ${path.dirname(file)}; it is made again from the model.`,
      details: { file },
      cause,
    });
  }
}
