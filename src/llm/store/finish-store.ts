import { type FileHandle, rename } from 'node:fs/promises';
import path from 'node:path';
import { sumBlock } from './block-check.ts';
import { syncFolder, writeDurably } from './durable-write.ts';
import type { PlannedBlock } from './layout.ts';
import { MANIFEST_FILE, type Manifest, type StoredBlock } from './manifest.ts';
import { VOCABULARY_FILE } from './store-vocabulary.ts';
import type { TensorErrors } from './write-tensor.ts';

/** Pads a block whose tensors are written, makes it durable, and sums up what the disk has of it. */
export async function finishBlock(
  block: PlannedBlock,
  data: FileHandle,
  errors: readonly TensorErrors[],
): Promise<StoredBlock> {
  // The padding, as zeros.
  await data.truncate(block.offset + block.bytes);
  await data.datasync();
  const sums = await sumBlock(data, block);
  if (sums === undefined) throw new Error(`block "${block.name}" can't be read back`);
  return {
    name: block.name,
    offset: block.offset,
    bytes: block.bytes,
    sha256: sums.sha256,
    tensors: block.tensors.map(({ source, ...place }, i) => ({
      name: source.name,
      shape: [...source.shape],
      ...place,
      crc32: sums.crc32[i] as number,
      ...(errors[i] as TensorErrors),
    })),
  };
}

/**
 * Gives the data file, `partial` until now, its name, writes the text of a vocabulary that the manifest speaks of, and
 * then makes the store one by its manifest.
 */
export async function publishStore(
  folder: string,
  partial: string,
  manifest: Manifest,
  vocabulary: string | undefined,
): Promise<void> {
  if (vocabulary !== undefined) await writeDurably(path.join(folder, VOCABULARY_FILE), vocabulary);
  await rename(path.join(folder, partial), path.join(folder, manifest.data.file));
  await syncFolder(folder);
  await writeDurably(path.join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`);
}
