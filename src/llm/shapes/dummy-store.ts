import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CodriverError } from '../../domain/errors.ts';
import { type DecoderSpec, expectedTensors } from '../architectures/spec.ts';
import { writeExactly } from '../formats/exact-io.ts';
import { finishBlock, publishStore } from '../store/finish-store.ts';
import { layOut, type PlannedBlock } from '../store/layout.ts';
import {
  elementsOf,
  MANIFEST_FILE,
  type Manifest,
  type Quantisation,
  type StoredBlock,
} from '../store/manifest.ts';
import { checkRoom, unwritable } from '../store/store-errors.ts';
import { StoreLock } from '../store/store-lock.ts';
import { vocabularySidecar } from '../store/store-vocabulary.ts';
import { madeUpBytes } from './made-up-bytes.ts';
import { madeUpVocabulary } from './made-up-vocabulary.ts';

/** How a store with made-up weights is written. */
export interface DummyOptions {
  readonly quantisation: Quantisation;
  /** Decides every weight; a whole number of at least 0. */
  readonly seed: number;
  /** Keeps the first so many decoder blocks only; default: all. */
  readonly blocks?: number;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Stops between two pieces; nothing is kept. */
  readonly signal?: AbortSignal;
}

/**
 * Writes a block store of a model's form with made-up weights into `folder` (created; its parent must exist), for
 * measuring and trying models whose weights aren't here: it streams, computes and takes room as the real one, and
 * says nothing sensible. Equal forms and options give equal bytes. A few megabytes are in memory at once.
 * Errors: BAD_ARGUMENT (a store is there, another process writes it, more blocks than there are), DISK_FULL with
 * the bytes needed, before anything is written; ABORTED.
 */
export async function writeDummyStore(
  form: DecoderSpec,
  folder: string,
  options: DummyOptions,
): Promise<Manifest> {
  const spec = { ...form, blocks: firstBlocks(form, options.blocks) };
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw unwritable(folder, error);
  });
  let lock: StoreLock | undefined;
  try {
    lock = await StoreLock.take(folder);
    refuseFinished(folder);
    return await write(spec, folder, options);
  } catch (error) {
    throw unwritable(folder, error);
  } finally {
    await lock?.release();
  }
}

function firstBlocks({ blocks }: DecoderSpec, count = blocks.length): DecoderSpec['blocks'] {
  if (!Number.isInteger(count) || count < 1 || count > blocks.length) {
    throw new CodriverError(
      'BAD_ARGUMENT',
      `The model has ${blocks.length} blocks; ${count} of them can't be kept.`,
    );
  }
  return blocks.slice(0, count);
}

function refuseFinished(folder: string): void {
  if (!existsSync(path.join(folder, MANIFEST_FILE))) return;
  throw new CodriverError('BAD_ARGUMENT', `There is a store in ${folder} already.`, {
    remedy: 'Choose another folder, or remove it first.',
    details: { store: folder },
  });
}

async function write(spec: DecoderSpec, folder: string, options: DummyOptions): Promise<Manifest> {
  const { quantisation, seed } = options;
  const sources = [...expectedTensors(spec)].map(([name, shape]) => ({
    name,
    shape,
    type: 'F32' as const,
    bytes: 4 * elementsOf(shape),
  }));
  const plan = layOut(sources, quantisation);
  const total = plan.reduce((sum, { bytes }) => sum + bytes, 0);
  const words = JSON.stringify(madeUpVocabulary(spec.vocabulary));
  const specJson = JSON.stringify(spec);
  const id = createHash('sha256')
    .update(JSON.stringify(['dummy', 1, specJson, quantisation, seed]))
    .digest('hex')
    .slice(0, 16);
  const file = `weights-${id}.bin`;
  const partial = path.join(folder, `${file}.partial`);
  await rm(partial, { force: true });
  await checkRoom(folder, total);
  try {
    const blocks = await writeBlocks(plan, partial, spec, options, total);
    const manifest: Manifest = {
      format: 'codriver-store',
      version: 1,
      id,
      source: { format: 'dummy', files: [], seed },
      architecture: spec.architecture,
      spec: z.record(z.string(), z.json()).parse(JSON.parse(specJson)),
      tokenizer: vocabularySidecar(words),
      quantisation,
      weights: sources.reduce((sum, { shape }) => sum + elementsOf(shape), 0),
      data: { file, bytes: total },
      blocks,
    };
    await publishStore(folder, `${file}.partial`, manifest, words);
    return manifest;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function writeBlocks(
  plan: readonly PlannedBlock[],
  file: string,
  spec: DecoderSpec,
  { seed, signal, onProgress }: DummyOptions,
  total: number,
): Promise<StoredBlock[]> {
  const data = await open(file, 'w+');
  try {
    const blocks: StoredBlock[] = [];
    for (const block of plan) {
      for (const tensor of block.tensors) {
        const { name } = tensor.source;
        const fill = name.endsWith('.bias') ? 0 : 1 - spec.norm.gammaOffset;
        for (const { section, at, bytes } of madeUpBytes(tensor, `${seed} ${name}`, fill)) {
          if (signal?.aborted) throw new CodriverError('ABORTED', 'The writing of the store was stopped.');
          const within = section.offset + at;
          await writeExactly(data.fd, block.offset + within, bytes);
          onProgress?.(block.offset + within, total);
        }
      }
      // There is nothing that the weights could differ from.
      const errors = block.tensors.map(() => ({ meanError: 0, worstError: 0 }));
      blocks.push(await finishBlock(block, data, errors));
    }
    onProgress?.(total, total);
    return blocks;
  } finally {
    await data.close();
  }
}
