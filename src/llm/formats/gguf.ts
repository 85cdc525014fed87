import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { ByteCursor, type GgufValue } from './byte-cursor.ts';
import { readExactly, readExactlySync } from './exact-io.ts';
import { GGML_TYPES, ggmlTypeName } from './ggml-types.ts';
import type { WeightSource, WeightTensor } from './weight-source.ts';

/** One tensor of the file (GGUF stores the contiguous dimension first; `shape` has it last). */
export interface GgufTensorInfo extends WeightTensor {
  /** Bytes from the start of the file. */
  readonly offset: number;
}

/** An open GGUF file: metadata and tensor list in memory, tensor bytes read on demand. */
export interface GgufFile extends WeightSource {
  readonly format: 'gguf';
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensorInfo>;
  readTensor(tensor: GgufTensorInfo): Promise<Uint8Array>;
  readTensorPart(tensor: GgufTensorInfo, offset: number, into: Uint8Array): Promise<void>;
  readTensorPartSync(tensor: GgufTensorInfo, offset: number, into: Uint8Array): void;
}

const MAGIC = 0x46554747;
const HEADER_STEP = 1 << 20;
const HEADER_LIMIT = 1 << 29;

/**
 * Opens a GGUF file, versions 2 and 3, little-endian (spec: ggml/docs/gguf.md). Every tensor's extent is
 * checked against the size of the file, so a truncated file is refused here and not in mid-drive.
 * Errors: MODEL_MISSING, MODEL_CORRUPT (naming the tensor or the offset), MODEL_UNSUPPORTED.
 */
export async function openGguf(file: string): Promise<GgufFile> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw new CodriverError(
      'MODEL_MISSING',
      `The model file ${file} can't be opened: ${(cause as Error).message}.`,
      {
        remedy: 'Check the path, or pull a model: `npx codriver models list` shows the names.',
        cause,
      },
    );
  }
  try {
    const size = (await handle.stat()).size;
    const header = await readHeader(handle, size, path.basename(file));
    const endsEarly = (tensor: WeightTensor) => (at: number) =>
      corrupt(path.basename(file), `tensor "${tensor.name}" ends early at byte ${at}`, {
        tensor: tensor.name,
        offset: at,
      });
    return {
      format: 'gguf',
      file,
      ...header,
      readTensor: async (tensor) => {
        const whole = Buffer.allocUnsafeSlow(tensor.bytes);
        await readExactly(handle, tensor.offset, whole, endsEarly(tensor));
        return whole;
      },
      readTensorPart: (tensor, offset, into) =>
        readExactly(handle, tensor.offset + offset, into, endsEarly(tensor)),
      readTensorPartSync: (tensor, offset, into) =>
        readExactlySync(handle, tensor.offset + offset, into, endsEarly(tensor)),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

type Header = Pick<GgufFile, 'version' | 'metadata' | 'tensors'>;

async function readHeader(handle: FileHandle, size: number, subject: string): Promise<Header> {
  // The header's length is not written anywhere: read it in growing steps until it parses.
  for (let length = Math.min(size, HEADER_STEP); ; length = Math.min(size, length * 2, HEADER_LIMIT)) {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(buffer, 0, length, 0);
    const cursor = new ByteCursor(buffer.subarray(0, bytesRead), subject);
    try {
      return parseHeader(cursor, size, subject);
    } catch (error) {
      if (!cursor.ranOut || length >= Math.min(size, HEADER_LIMIT)) throw error;
    }
  }
}

function parseHeader(cursor: ByteCursor, size: number, subject: string): Header {
  if (cursor.u32('the magic number') !== MAGIC) {
    throw corrupt(subject, 'it does not begin with "GGUF"', { offset: 0 });
  }
  const version = cursor.u32('the version');
  if (version !== 2 && version !== 3) {
    throw new CodriverError(
      'MODEL_UNSUPPORTED',
      `${subject} is GGUF version ${version}; versions 2 and 3 are read.`,
      {
        remedy: 'Convert the model again with a current llama.cpp.',
      },
    );
  }
  const tensorCount = cursor.count('the tensor count', 1 << 20);
  const metadataCount = cursor.count('the metadata count', 1 << 20);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < metadataCount; i++) {
    const key = cursor.text(`metadata key ${i}`);
    metadata.set(key, cursor.value(`metadata "${key}"`));
  }
  const relative = Array.from({ length: tensorCount }, (_, i) => parseTensorInfo(cursor, i, subject));
  const alignment = Number(metadata.get('general.alignment') ?? 32);
  if (!Number.isInteger(alignment) || alignment < 1) {
    throw corrupt(subject, `its alignment is ${alignment}`, { alignment });
  }
  const dataOffset = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = new Map<string, GgufTensorInfo>();
  for (const info of relative) {
    const offset = dataOffset + info.offset;
    if (offset + info.bytes > size) {
      throw corrupt(
        subject,
        `tensor "${info.name}" needs bytes ${offset} to ${offset + info.bytes}, but the file ends at ${size}`,
        { tensor: info.name, offset, bytes: info.bytes, fileBytes: size },
      );
    }
    tensors.set(info.name, { ...info, offset });
  }
  return { version, metadata, tensors };
}

function parseTensorInfo(cursor: ByteCursor, index: number, subject: string): GgufTensorInfo {
  const name = cursor.text(`the name of tensor ${index}`);
  const dimensions = cursor.u32(`the number of dimensions of "${name}"`);
  if (dimensions > 4)
    throw corrupt(subject, `tensor "${name}" has ${dimensions} dimensions`, { tensor: name });
  const shape: number[] = [];
  for (let i = 0; i < dimensions; i++) shape.unshift(cursor.count(`a dimension of "${name}"`, 2 ** 40));
  const code = cursor.u32(`the type of "${name}"`);
  const offset = cursor.count(`the offset of "${name}"`, Number.MAX_SAFE_INTEGER);
  const type = ggmlTypeName(code);
  if (type === undefined) {
    throw new CodriverError(
      'MODEL_UNSUPPORTED',
      `Tensor "${name}" of ${subject} has ggml type ${code}, which is not read.`,
      {
        remedy: `Use a file with the types ${Object.keys(GGML_TYPES).join(', ')}.`,
        details: { tensor: name, type: code },
      },
    );
  }
  const { blockElements, blockBytes } = GGML_TYPES[type];
  const columns = shape.at(-1) ?? 1;
  if (columns % blockElements !== 0) {
    throw corrupt(
      subject,
      `tensor "${name}" has rows of ${columns} elements, not whole blocks of ${blockElements}`,
      {
        tensor: name,
      },
    );
  }
  const elements = shape.reduce((product, dimension) => product * dimension, 1);
  return { name, type, shape, offset, bytes: (elements / blockElements) * blockBytes };
}

/** MODEL_CORRUPT for a GGUF file, with the remedy. */
function corrupt(subject: string, why: string, details: Record<string, unknown>): CodriverError {
  return new CodriverError('MODEL_CORRUPT', `The model file ${subject} is damaged: ${why}.`, {
    remedy: 'Pull or copy the model again: `npx codriver models pull NAME`.',
    details,
  });
}
