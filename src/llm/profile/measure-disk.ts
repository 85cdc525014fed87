import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { alignedMemories } from '../executors/stream/aligned-memory.ts';
import { DirectFile } from '../executors/stream/direct-file.ts';
import { writeExactly } from '../formats/exact-io.ts';
import type { MachineProfile } from '../policy/machine-profile.ts';
import { STREAMED_READ } from '../prepared/prepared-files.ts';
import { MEMORY_FILES } from '../prepared/slot-memory.ts';
import { checkAborted, type MeasureOptions } from './measure-options.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const BLOCK_BYTES = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB];
const DEPTHS = [1, 2, 4];

/** Times that each size and depth is measured; the median counts. */
const ROUNDS = 5;

/** Blocks of the memory that is streamed into. */
const SLOT_BLOCKS = 16;

/** One write; the largest block that is read, so that every file has room for it. */
const WRITE_BYTES = 16 * MIB;

/** Pages are stamped, so that no disk stores equal ones once. */
const PAGE = 4096;

/** Share of the free space that a measurement may take. */
const SPACE_SHARE = 0.5;

/**
 * Measures reads past the system's cache, at every size and depth, and writing with a flush at the end, in a file
 * that loses its name before anything is written to it: whatever ends the process, nothing stays behind.
 *
 * Errors: NOT_FOUND where the directory isn't there, BAD_ARGUMENT where it can't be written to, DISK_FULL, ABORTED.
 */
export async function measureDisk(
  directory: string,
  options: MeasureOptions,
  onProgress: (fraction: number) => void,
): Promise<MachineProfile['disk']> {
  const { sizes, signal } = options;
  const { writer, reader } = await openNameless(directory);
  try {
    const wanted = await roomFor(directory, sizes.fileBytes);
    const written = await writeAll(writer, wanted, directory, options).catch((error: unknown) => {
      throw spaceOrOther(error, directory);
    });
    const cases = BLOCK_BYTES.flatMap((blockBytes) => DEPTHS.map((depth) => ({ blockBytes, depth })));
    const rates = cases.map((): number[] => []);
    const streamed: number[] = [];
    const buffers: Uint8Array[][] = [];
    for (const { blockBytes, depth } of cases) buffers.push(await alignedMemories(depth, blockBytes, reader));
    let offset = 0;
    // All of them in turns: disks that others use as well are fast now and slow then.
    for (let round = 0; round < ROUNDS; round++) {
      for (const i of cases.keys()) {
        checkAborted(signal);
        onProgress((round * cases.length + i + 1) / (ROUNDS * cases.length + 1));
        const read = await readFor(
          sizes.readMs / ROUNDS,
          reader,
          written.bytes,
          buffers[i] as Uint8Array[],
          offset,
        );
        offset = read.offset;
        (rates[i] as number[]).push(read.bytesPerS);
      }
      streamed.push(await streamFor(sizes.readMs / ROUNDS, reader, written.bytes));
    }
    const streamedBytesPerS = middle(streamed);
    const reads = cases.map((one, i) => ({ ...one, bytesPerS: middle(rates[i] as number[]) }));
    return {
      directory,
      direct: reader.isDirect,
      reads,
      writeBytesPerS: written.bytesPerS,
      streamedBytesPerS,
    };
  } finally {
    await reader.close();
    await writer.close();
  }
}

async function roomFor(directory: string, wanted: number): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const bytes = Math.floor(Math.min(wanted, free * SPACE_SHARE) / WRITE_BYTES) * WRITE_BYTES;
  if (bytes > 0) return bytes;
  throw noSpace(directory, `has ${Math.floor(free / 1e6)} MB free`);
}

async function openNameless(directory: string): Promise<{ writer: FileHandle; reader: DirectFile }> {
  const file = path.join(directory, `.codriver-profile-${process.pid}-${Date.now()}`);
  const writer = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw unusable(error, directory);
  });
  try {
    return { writer, reader: await DirectFile.open(file) };
  } catch (error) {
    await writer.close();
    throw error;
  } finally {
    await rm(file, { force: true });
  }
}

/** Writes until `wanted` bytes are there or the time for it is over, and flushes them. */
async function writeAll(
  writer: FileHandle,
  wanted: number,
  directory: string,
  { sizes, signal }: MeasureOptions,
): Promise<{ bytes: number; bytesPerS: number }> {
  const block = randomFillSync(Buffer.allocUnsafe(WRITE_BYTES));
  const startMs = performance.now();
  let bytes = 0;
  while (bytes < wanted && (bytes === 0 || performance.now() - startMs < sizes.writeMs)) {
    checkAborted(signal);
    for (let page = 0; page < WRITE_BYTES; page += PAGE) block.writeDoubleLE(bytes + page, page);
    for (let done = 0; done < WRITE_BYTES; ) {
      const { bytesWritten } = await writer.write(block, done, WRITE_BYTES - done, bytes + done);
      if (bytesWritten === 0) throw noSpace(directory, 'takes no more bytes');
      done += bytesWritten;
    }
    bytes += WRITE_BYTES;
    // Flushed as it goes, or a system with much memory would take all of it before the time is looked at.
    if (bytes % (4 * WRITE_BYTES) === 0) await writer.datasync();
  }
  await writer.sync();
  return { bytes, bytesPerS: (bytes / (performance.now() - startMs)) * 1000 };
}

/** Reads one block after another, each buffer being filled at a time, and begins anew at the file's end. */
async function readFor(
  durationMs: number,
  file: DirectFile,
  fileBytes: number,
  buffers: readonly Uint8Array[],
  from: number,
  use: (memory: Uint8Array) => Promise<void> = async () => {},
): Promise<{ bytesPerS: number; offset: number }> {
  const blockBytes = (buffers[0] as Uint8Array).length;
  const blocks = fileBytes / blockBytes;
  let next = Math.floor(from / blockBytes);
  let bytes = 0;
  const startMs = performance.now();
  const lane = async (memory: Uint8Array): Promise<void> => {
    do {
      await file.read(memory, (next++ % blocks) * blockBytes);
      await use(memory);
      bytes += blockBytes;
    } while (performance.now() - startMs < durationMs);
  };
  await Promise.all(buffers.map(lane));
  const seconds = (performance.now() - startMs) / 1000;
  return { bytesPerS: bytes / seconds, offset: (next % blocks) * blockBytes };
}

/** Reads with buffers as a model has, and copies what comes into a file in memory. */
async function streamFor(durationMs: number, file: DirectFile, fileBytes: number): Promise<number> {
  const { blockBytes, buffers: count } = STREAMED_READ;
  const buffers = await alignedMemories(count, blockBytes, file);
  const slot = await openMemoryFile();
  let next = 0;
  try {
    const read = await readFor(durationMs, file, fileBytes, buffers, 0, (memory) =>
      writeExactly(slot.fd, (next++ % SLOT_BLOCKS) * blockBytes, memory),
    );
    return read.bytesPerS;
  } finally {
    await slot.close();
  }
}

/** A file in memory without a name; where there is no such file system, any temporary file has to do. */
async function openMemoryFile(): Promise<FileHandle> {
  const folder = existsSync(MEMORY_FILES) ? MEMORY_FILES : tmpdir();
  const name = path.join(folder, `.codriver-profile-${process.pid}-${Date.now()}`);
  const file = await open(name, 'wx', 0o600);
  await rm(name);
  return file;
}

function middle(rates: readonly number[]): number {
  return [...rates].sort((a, b) => a - b)[rates.length >> 1] as number;
}

function unusable(cause: unknown, directory: string): CodriverError {
  const { code } = cause as NodeJS.ErrnoException;
  const remedy = 'Give a folder on the disk that models are to be streamed from: --nvme-dir DIR.';
  const details = { directory };
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new CodriverError('NOT_FOUND', `There is no folder ${directory}.`, { remedy, cause, details });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new CodriverError('BAD_ARGUMENT', `The folder ${directory} can't be written to (${code}).`, {
      remedy,
      cause,
      details,
    });
  return CodriverError.from(cause);
}

function spaceOrOther(cause: unknown, directory: string): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? noSpace(directory, 'is full', cause) : cause;
}

function noSpace(directory: string, what: string, cause?: unknown): CodriverError {
  const needed = Math.ceil(WRITE_BYTES / SPACE_SHARE / 1e6);
  return new CodriverError(
    'DISK_FULL',
    `The disk of ${directory} ${what}; measuring it needs ${needed} MB at least.`,
    {
      remedy: 'Free some space, or give a folder on another disk: --nvme-dir DIR.',
      details: { directory },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
