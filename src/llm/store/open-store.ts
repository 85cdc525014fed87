import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { sha256OfFile } from '../../models/index.ts';
import { readExactly } from '../formats/exact-io.ts';
import { sumBlock, tensorCrc } from './block-check.ts';
import { damaged, MANIFEST_FILE, type Manifest, parseManifest, type StoredBlock } from './manifest.ts';

const MANIFEST_LIMIT = 1 << 28;

/** An open store. */
export interface Store {
  readonly folder: string;
  readonly manifest: Manifest;
  /** The data file, for readers with ways of their own; blocks lie where the manifest says. */
  readonly dataFile: string;
  /**
   * Reads block `index` into the first bytes of `into` (or a new buffer) and checks every tensor's CRC-32.
   * Returns the block's bytes. Errors: MODEL_CORRUPT, naming block and tensors.
   */
  readBlock(index: number, into?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a store's manifest and data file; no weights are read. Errors: MODEL_MISSING where there is none or its
 * conversion isn't finished, MODEL_CORRUPT, MODEL_UNSUPPORTED.
 */
export async function openStore(folder: string): Promise<Store> {
  const { manifest, dataFile, handle } = await openStoreData(folder);
  return {
    folder,
    manifest,
    dataFile,
    async readBlock(index, into) {
      const block = manifest.blocks[index];
      if (block === undefined || (into !== undefined && into.byteLength < block.bytes)) {
        throw new CodriverError(
          'INTERNAL',
          `Block ${index} of ${folder} needs ${block?.bytes} bytes of room.`,
        );
      }
      const bytes = into?.subarray(0, block.bytes) ?? new Uint8Array(block.bytes);
      await readExactly(handle, block.offset, bytes, () =>
        damaged(folder, `block "${block.name}" ends early`, { block: block.name }),
      );
      checkBlock(block, bytes, folder);
      return bytes;
    },
    close: () => handle.close(),
  };
}

/** A store's manifest and its data file, open, whose size is right; for readers with ways of their own. */
export async function openStoreData(folder: string) {
  const manifest = await readManifest(folder);
  const dataFile = path.join(folder, manifest.data.file);
  const handle = await open(dataFile, 'r').catch((cause: Error) => {
    throw damaged(folder, `${manifest.data.file} can't be opened (${cause.message})`);
  });
  const { size } = await handle.stat();
  if (size !== manifest.data.bytes) {
    await handle.close();
    throw damaged(folder, `${manifest.data.file} has ${size} bytes, not ${manifest.data.bytes}`);
  }
  return { manifest, dataFile, handle };
}

/** The manifest of a finished store. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, MANIFEST_FILE);
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw new CodriverError('MODEL_MISSING', `There is no finished store in ${folder}.`, {
      remedy: `Convert a model, or finish its conversion: \`npx codriver models quantize SOURCE --out ${folder}\`.`,
      details: { store: folder },
      cause,
    });
  }
  try {
    const { size } = await handle.stat();
    if (size > MANIFEST_LIMIT) throw damaged(folder, `${MANIFEST_FILE} has ${size} bytes`);
    return parseManifest(await handle.readFile('utf8'), folder);
  } finally {
    await handle.close();
  }
}

/** Checks the CRC-32 of every tensor of a block that was read by whatever means. Errors: MODEL_CORRUPT. */
export function checkBlock(block: StoredBlock, bytes: Uint8Array, folder: string): void {
  const bad = block.tensors.filter((tensor) => tensorCrc(bytes, tensor) !== tensor.crc32);
  if (bad.length > 0)
    throw damagedBlock(
      folder,
      block,
      bad.map(({ name }) => name),
    );
}

/** What a check of a whole store found. */
export interface VerifyReport {
  readonly blocks: number;
  readonly bytes: number;
  readonly manifest: Manifest;
}

/**
 * Reads a store whole, a megabyte at a time, and checks every block's SHA-256 and every other file's. Errors:
 * MODEL_CORRUPT that names the first damaged block and its tensors, with all of them in `details.damage`.
 */
export async function verifyStore(
  folder: string,
  onProgress: (doneBytes: number, totalBytes: number) => void = () => {},
): Promise<VerifyReport> {
  const store = await openStore(folder);
  const { manifest } = store;
  await store.close();
  const sidecars = 'missing' in manifest.tokenizer ? [] : [manifest.tokenizer];
  for (const { name, sha256 } of sidecars) {
    const found = await sha256OfFile(path.join(folder, name)).catch((error: Error) => error.message);
    if (found !== sha256) throw damaged(folder, `${name} is not what it was (${found})`, { file: name });
  }
  const damage: { block: string; tensors: string[] }[] = [];
  const handle = await open(store.dataFile, 'r');
  try {
    let done = 0;
    for (const block of manifest.blocks) {
      const sums = await sumBlock(handle, block, (bytes) => {
        done += bytes;
        onProgress(done, manifest.data.bytes);
      });
      if (sums?.sha256 === block.sha256) continue;
      const bad = block.tensors.filter(({ crc32 }, i) => sums?.crc32[i] !== crc32);
      damage.push({ block: block.name, tensors: bad.map(({ name }) => name) });
    }
  } finally {
    await handle.close();
  }
  const [first] = damage;
  if (first !== undefined) throw damagedBlock(folder, { name: first.block }, first.tensors, damage);
  return { blocks: manifest.blocks.length, bytes: manifest.data.bytes, manifest };
}

function damagedBlock(
  folder: string,
  { name }: { readonly name: string },
  tensors: readonly string[],
  damage?: unknown,
): CodriverError {
  const where = tensors.length > 0 ? `tensor "${tensors.join('", "')}"` : 'the padding';
  return damaged(folder, `block "${name}": the checksum of ${where} differs`, {
    block: name,
    tensors,
    ...(damage !== undefined && { damage }),
  });
}
