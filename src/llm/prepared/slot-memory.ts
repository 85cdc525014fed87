import { closeSync, openSync } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  link,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rm,
  statfs,
} from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { InferenceSession } from 'onnxruntime-node';
import { CodriverError } from '../../domain/errors.ts';
import { createSession } from '../../onnx/index.ts';
import { readExactly, writeExactly } from '../formats/exact-io.ts';
import {
  PIECE_BYTES,
  type PreparedFiles,
  type PreparedKind,
  type PreparedSegment,
} from './prepared-files.ts';
import { SLOT_FILE, sharedFile } from './segment-layout.ts';

/** A file system in memory: a file that is mapped there is never read from a disk, nor written to one. */
export const MEMORY_FILES = '/dev/shm';

/**
 * A place in memory for one segment at a time, and for each kind of segments a session that computes with whatever
 * is there. It is a file in memory that onnxruntime has mapped: writing to it changes the session's weights, without
 * a copy (POSIX leaves open whether private maps see that; Linux shows it, and {@link prepareModel} checks it).
 */
export class SlotMemory {
  readonly #file: number;
  readonly #sessions: ReadonlyMap<string, InferenceSession>;

  private constructor(file: number, sessions: ReadonlyMap<string, InferenceSession>) {
    this.#file = file;
    this.#sessions = sessions;
  }

  /** The descriptor to write a segment to, from offset 0; of this whole process. */
  get file(): number {
    return this.#file;
  }

  /** The session of a kind; the slot must hold a segment of it. */
  session(signature: string): InferenceSession {
    const session = this.#sessions.get(signature);
    if (session === undefined)
      throw new CodriverError('INTERNAL', `This slot has no session of ${signature}.`);
    return session;
  }

  /**
   * Fills the slot from a prepared segment's file, checking each piece. Errors: MODEL_CORRUPT.
   *
   * @param memory to read through, of {@link PIECE_BYTES}; whoever fills many slots gives the same each time
   */
  async fill(
    segment: PreparedSegment,
    files: PreparedFiles,
    memory = new Uint8Array(PIECE_BYTES),
  ): Promise<void> {
    const { data } = files.segment(segment.name);
    const from = await open(data, 'r');
    try {
      await eachPiece(from, segment.bytes, data, memory, async (bytes, offset) => {
        checkPiece(segment, offset / PIECE_BYTES, bytes, data);
        await writeExactly(this.#file, offset, bytes);
      });
    } finally {
      await from.close();
    }
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    closeSync(this.#file);
  }

  /** @internal */
  static async create(
    folder: string,
    kinds: readonly PreparedKind[],
    files: PreparedFiles,
    threads: number,
    memory: Uint8Array,
  ) {
    const slotFile = path.join(folder, SLOT_FILE);
    const handle = await open(slotFile, 'w+');
    const sessions = new Map<string, InferenceSession>();
    try {
      for (const kind of kinds) {
        const names = files.kind(kind.signature);
        const { streamedBytes, creationBytes } = kind;
        await append(handle, files.segment(kind.template).data, 0, streamedBytes, memory);
        // With other weights than these, onnxruntime would pack them anew, and not look at the slot any more.
        const crc = await append(handle, names.creation, streamedBytes, creationBytes, memory);
        if (crc !== kind.crc32s.creation) throw damagedKind(names.creation);
        await link(
          path.join(folder, '..', sharedFile(kind.signature)),
          path.join(folder, sharedFile(kind.signature)),
        );
        const graph = path.join(folder, `${kind.signature}.onnx`);
        await copyFile(names.graph, graph);
        sessions.set(kind.signature, await createSession(graph, { threads, keepsMemory: false }));
      }
      // What it took to create the sessions gives its memory back; the maps must not end before the file does.
      const mappedBytes = Math.max(...kinds.map((kind) => kind.streamedBytes + kind.creationBytes));
      await handle.truncate(0);
      await handle.truncate(mappedBytes);
      return new SlotMemory(openSync(slotFile, 'r+'), sessions);
    } catch (error) {
      for (const session of sessions.values()) await session.release();
      throw error;
    } finally {
      await handle.close();
    }
  }
}

/**
 * Opens slots, each for the kinds that may come into it. Their files have no names any more when this returns: the
 * memory is free again when the process ends, however it ends. Errors: MODEL_FAILED where there is too little of it.
 */
export async function openSlots(
  slots: readonly (readonly PreparedKind[])[],
  files: PreparedFiles,
  threads: number,
  onProgress: (fraction: number) => void = () => {},
): Promise<SlotMemory[]> {
  await checkMemoryFiles(slots);
  const folder = await mkdtemp(path.join(MEMORY_FILES, `codriver-${process.pid}-`));
  const opened: SlotMemory[] = [];
  const memory = new Uint8Array(PIECE_BYTES);
  try {
    for (const kind of new Set(slots.flat())) await copyShared(kind, files, folder, memory);
    for (const [i, kinds] of slots.entries()) {
      const own = path.join(folder, `${i}`);
      await mkdir(own);
      opened.push(await SlotMemory.create(own, kinds, files, threads, memory));
      await rm(own, { recursive: true });
      onProgress((i + 1) / slots.length);
    }
    return opened;
  } catch (error) {
    for (const slot of opened) await slot.close();
    throw memoryFull(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bytes of memory that slots take, without the sessions' own. */
function slotBytes(slots: readonly (readonly PreparedKind[])[]): number {
  const own = slots.map((kinds) => Math.max(...kinds.map((kind) => kind.streamedBytes)));
  const shared = [...new Set(slots.flat())].map((kind) => kind.sharedBytes);
  return [...own, ...shared].reduce((sum, bytes) => sum + bytes, 0);
}

async function checkMemoryFiles(slots: readonly (readonly PreparedKind[])[]): Promise<void> {
  // Slots are empty again once their sessions are made.
  const creation = slots.flat().map((kind) => kind.streamedBytes + kind.creationBytes + kind.sharedBytes);
  const needed = Math.max(slotBytes(slots), ...creation);
  const free = await statfs(MEMORY_FILES).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
  if (free !== undefined && free >= needed) return;
  const found = free === undefined ? 'is not there' : `has ${Math.floor(free / 1e6)} MB free`;
  throw new CodriverError(
    'MODEL_FAILED',
    `${MEMORY_FILES} ${found}; the model's weights in memory need ${Math.ceil(needed / 1e6)} MB of it.`,
    {
      remedy: `Give it more (\`mount -o remount,size=…\`; \`docker run --shm-size=…\`), or the model less memory.`,
      details: { neededBytes: needed, freeBytes: free ?? 0 },
    },
  );
}

function memoryFull(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return CodriverError.from(error, 'MODEL_FAILED');
  return new CodriverError('MODEL_FAILED', `${MEMORY_FILES} is full.`, {
    remedy: 'Give it more, or the model less memory.',
    cause: error,
  });
}

/** Errors: MODEL_CORRUPT where a piece of a segment is not what was prepared. */
export function checkPiece(segment: PreparedSegment, piece: number, bytes: Uint8Array, file: string): void {
  if (crc32(bytes) === segment.crc32s[piece]) return;
  throw new CodriverError(
    'MODEL_CORRUPT',
    `The prepared weights ${file} are damaged: the checksum of segment "${segment.name}" differs, from byte ${piece * PIECE_BYTES} on.`,
    {
      remedy: `Remove the folder ${path.dirname(file)}; it is made again from the model. Check the disk if it happens again.`,
      details: { file, segment: segment.name, offset: piece * PIECE_BYTES },
    },
  );
}

/** What all segments of a kind share, and the check of its graph. */
async function copyShared(
  kind: PreparedKind,
  files: PreparedFiles,
  folder: string,
  memory: Uint8Array,
): Promise<void> {
  const { signature, crc32s, sharedBytes } = kind;
  const { graph, shared } = files.kind(signature);
  if (crc32(await readFile(graph)) !== crc32s.graph) throw damagedKind(graph);
  const to = await open(path.join(folder, sharedFile(signature)), 'w');
  try {
    if ((await append(to, shared, 0, sharedBytes, memory)) !== crc32s.shared) throw damagedKind(shared);
  } finally {
    await to.close();
  }
}

function damagedKind(file: string): CodriverError {
  return new CodriverError(
    'MODEL_CORRUPT',
    `The prepared weights ${file} are damaged: the checksum differs.`,
    {
      remedy: `Remove the folder ${path.dirname(file)}; it is made again from the model. Check the disk if it happens again.`,
      details: { file },
    },
  );
}

/** Copies a file's first bytes; returns their CRC-32. */
async function append(
  to: FileHandle,
  source: string,
  position: number,
  bytes: number,
  memory: Uint8Array,
): Promise<number> {
  const from = await open(source, 'r');
  let crc = 0;
  try {
    await eachPiece(from, bytes, source, memory, async (piece, offset) => {
      crc = crc32(piece, crc);
      await writeExactly(to.fd, position + offset, piece);
    });
    return crc;
  } finally {
    await from.close();
  }
}

async function eachPiece(
  from: FileHandle,
  total: number,
  file: string,
  memory: Uint8Array,
  use: (bytes: Uint8Array, offset: number) => Promise<void>,
): Promise<void> {
  for (let offset = 0; offset < total; offset += PIECE_BYTES) {
    const piece = memory.subarray(0, Math.min(PIECE_BYTES, total - offset));
    await readExactly(
      from,
      offset,
      piece,
      (at) =>
        new CodriverError('MODEL_CORRUPT', `${file} ends at byte ${at} of ${total}.`, {
          remedy: `Remove the folder ${path.dirname(file)}; it is made again from the model.`,
        }),
    );
    await use(piece, offset);
  }
}
