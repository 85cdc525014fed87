import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError, type ErrorCode } from '../../domain/errors.ts';
import { readExactly, readExactlySync } from './exact-io.ts';
import type { WeightTensor } from './weight-source.ts';

/** One tensor of a safetensors file. */
export interface SafetensorsInfo extends WeightTensor {
  /** Bytes from the start of the file. */
  readonly offset: number;
}

/** An open safetensors file. */
export interface SafetensorsFile {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, SafetensorsInfo>;
  read(tensor: SafetensorsInfo, offset: number, into: Uint8Array): Promise<void>;
  readSync(tensor: SafetensorsInfo, offset: number, into: Uint8Array): void;
  close(): Promise<void>;
}

/** What a file is to whoever opens it, as errors say it. */
export interface FileRole {
  readonly missing: ErrorCode;
  readonly corrupt: ErrorCode;
  readonly unsupported: ErrorCode;
  /** What the file is, and how it is named once it is open. */
  readonly kind: string;
  readonly shown: (file: string) => string;
  /** What to do about a file that can't be opened, and about one that is damaged. */
  readonly missingRemedy: string;
  readonly corruptRemedy: string;
}

const MODEL_FILE: FileRole = {
  missing: 'MODEL_MISSING',
  corrupt: 'MODEL_CORRUPT',
  unsupported: 'MODEL_UNSUPPORTED',
  kind: 'model file',
  shown: path.basename,
  missingRemedy: 'Check the path; a model in several files needs all of them.',
  corruptRemedy: 'Download or copy the model again.',
};

/** A file by its path and what it is. */
interface Subject {
  readonly file: string;
  readonly role: FileRole;
}

/** The format's own bound on its header. */
const HEADER_LIMIT = 100_000_000;
const ELEMENT_BYTES = { F32: 4, F16: 2, BF16: 2 } as const;

/**
 * Opens one safetensors file: the length of a JSON header, the header, and the tensors one after the other
 * (huggingface.co/docs/safetensors). Every extent is checked before anything is read. Errors: MODEL_MISSING;
 * MODEL_CORRUPT, naming the tensor; MODEL_UNSUPPORTED for element types other than F32, F16 and BF16; or the codes of
 * another role.
 */
export async function openSafetensorsFile(file: string, role = MODEL_FILE): Promise<SafetensorsFile> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw new CodriverError(
      role.missing,
      `The ${role.kind} ${file} can't be opened: ${(cause as Error).message}.`,
      { remedy: role.missingRemedy, details: { file }, cause },
    );
  }
  const subject = { file, role };
  const endsEarly = (tensor: WeightTensor) => (at: number) =>
    corrupt(subject, `tensor "${tensor.name}" ends early at byte ${at}`, { tensor: tensor.name, offset: at });
  try {
    return {
      file,
      tensors: await readHeader(handle, subject),
      read: (tensor, offset, into) => readExactly(handle, tensor.offset + offset, into, endsEarly(tensor)),
      readSync: (tensor, offset, into) =>
        readExactlySync(handle, tensor.offset + offset, into, endsEarly(tensor)),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readHeader(handle: FileHandle, subject: Subject): Promise<Map<string, SafetensorsInfo>> {
  const { size } = await handle.stat();
  const endsEarly = (at: number) =>
    corrupt(subject, `it ends at byte ${at} within its header`, { offset: at });
  const head = Buffer.alloc(8);
  await readExactly(handle, 0, head, endsEarly);
  const length = head.readBigUInt64LE();
  if (length > BigInt(HEADER_LIMIT) || length > BigInt(Math.max(0, size - 8))) {
    throw corrupt(subject, `its header claims ${length} bytes in a file of ${size}`, { offset: 0 });
  }
  const bytes = Buffer.alloc(Number(length));
  await readExactly(handle, 8, bytes, endsEarly);
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw corrupt(subject, `its header is not JSON (${(cause as Error).message})`, { offset: 8 });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw corrupt(subject, 'its header is not an object', { offset: 8 });
  const start = 8 + bytes.length;
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseTensor(name, entry, start, subject))
    .sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  checkExtents(tensors, start, size, subject);
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

function parseTensor(name: string, entry: unknown, start: number, subject: Subject): SafetensorsInfo {
  const { dtype, shape, data_offsets: extent } = (entry ?? {}) as Record<string, unknown>;
  const fail = (why: string): never => {
    throw corrupt(subject, `tensor "${name}" ${why}`, { tensor: name });
  };
  if (typeof dtype !== 'string') return fail('has no element type');
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
    throw new CodriverError(
      subject.role.unsupported,
      `Tensor "${name}" of ${subject.role.shown(subject.file)} has the element type ${dtype}, which is not read.`,
      { remedy: 'Use a file with the types F32, F16, BF16.', details: { tensor: name, type: dtype } },
    );
  }
  if (!isSizes(shape) || shape.length > 8) return fail(`has the shape ${JSON.stringify(shape)}`);
  if (!isSizes(extent) || extent.length !== 2) return fail(`lies at ${JSON.stringify(extent)}`);
  const [begin, end] = extent as [number, number];
  const bytes = shape.reduce((product, dimension) => product * dimension, ELEMENT_BYTES[dtype]);
  if (end - begin !== bytes) return fail(`needs ${bytes} bytes and has ${end - begin}`);
  return { name, type: dtype, shape, offset: start + begin, bytes };
}

/** Tensors follow each other without gap or overlap, to the end of the file. */
function checkExtents(
  tensors: readonly SafetensorsInfo[],
  start: number,
  size: number,
  subject: Subject,
): void {
  let end = start;
  for (const { name, offset, bytes } of tensors) {
    const details = { tensor: name, offset, bytes, fileBytes: size };
    if (offset < end) throw corrupt(subject, `tensor "${name}" overlaps another at byte ${offset}`, details);
    if (offset > end)
      throw corrupt(
        subject,
        `bytes ${end} to ${offset}, before tensor "${name}", belong to no tensor`,
        details,
      );
    end = offset + bytes;
    if (end > size)
      throw corrupt(
        subject,
        `tensor "${name}" needs bytes ${offset} to ${end}, but the file ends at ${size}`,
        details,
      );
  }
  if (end < size) throw corrupt(subject, `bytes ${end} to ${size} belong to no tensor`, { offset: end });
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

function corrupt({ file, role }: Subject, why: string, details: Record<string, unknown>): CodriverError {
  return new CodriverError(role.corrupt, `The ${role.kind} ${role.shown(file)} is damaged: ${why}.`, {
    remedy: role.corruptRemedy,
    details,
  });
}
