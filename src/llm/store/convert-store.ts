import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { ConversionJournal } from './conversion-journal.ts';
import { finishBlock, publishStore } from './finish-store.ts';
import { layOut, type PlannedBlock } from './layout.ts';
import { elementsOf, type Manifest, type Quantisation, type StoredBlock } from './manifest.ts';
import { readManifest } from './open-store.ts';
import { type SourceFile, SUMS_FILE, sumSources } from './source-sums.ts';
import { checkRoom, occupied, unwritable } from './store-errors.ts';
import type { StoreInput } from './store-input.ts';
import { StoreLock } from './store-lock.ts';
import { vocabularySidecar } from './store-vocabulary.ts';
import { type TensorErrors, writeTensor } from './write-tensor.ts';

/** How far a conversion is. */
export interface ConvertProgress {
  /** `sum`: the source's checksum. `verify`: blocks that an earlier run finished. `convert`: the rest. */
  readonly stage: 'sum' | 'verify' | 'convert';
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** How a store is made. */
export interface ConvertOptions {
  readonly quantisation: Quantisation;
  /** Replaces a finished store that differs; it stays whole until the new one is. Default: refuse. */
  readonly force?: boolean;
  readonly onProgress?: (progress: ConvertProgress) => void;
  /** Stops between two slices; what is finished is kept for the next run. */
  readonly signal?: AbortSignal;
}

/** What a conversion did. */
export interface ConvertResult {
  readonly manifest: Manifest;
  /** Blocks that were there from an earlier run; all of them where the store was finished already. */
  readonly keptBlocks: number;
}

/**
 * Converts a model into a store in `folder` (created; its parent must exist). Never more than a slice of a
 * tensor's rows is in memory. Interrupted, even by kill -9, the next run with the same source and settings goes
 * on after the last finished block. The store appears at once, by the renaming of its manifest.
 * Errors: BAD_ARGUMENT (another process writes it, another store is there), MODEL_CORRUPT, DISK_FULL, ABORTED.
 */
export async function convertToStore(
  input: StoreInput,
  folder: string,
  options: ConvertOptions,
): Promise<ConvertResult> {
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw unwritable(folder, error);
  });
  let lock: StoreLock | undefined;
  try {
    lock = await StoreLock.take(folder);
    return await new Conversion(input, folder, options, lock).run();
  } catch (error) {
    throw unwritable(folder, error);
  } finally {
    await lock?.release();
  }
}

class Conversion {
  readonly #input: StoreInput;
  readonly #folder: string;
  readonly #options: ConvertOptions;
  readonly #lock: StoreLock;

  constructor(input: StoreInput, folder: string, options: ConvertOptions, lock: StoreLock) {
    this.#input = input;
    this.#folder = folder;
    this.#options = options;
    this.#lock = lock;
  }

  async run(): Promise<ConvertResult> {
    const present = await this.#presentStore();
    const sources = await sumSources(this.#input.files, this.#folder, (doneBytes, totalBytes) =>
      this.#report('sum', doneBytes, totalBytes),
    );
    const { quantisation } = this.#options;
    const plan = layOut(this.#input.weights.tensors.values(), quantisation);
    const id = idOf(sources, quantisation, plan, this.#input.vocabulary);
    if (present?.id === id && this.#options.force !== true) {
      await this.#removeFiles((name) => name === SUMS_FILE);
      return { manifest: present, keptBlocks: present.blocks.length };
    }
    if (present !== undefined && this.#options.force !== true) throw occupied(this.#folder);
    const dataFile = `weights-${id}.bin`;
    const [partial, journalFile] = [`${dataFile}.partial`, `${dataFile}.journal`];
    await this.#removeFiles(
      (name) =>
        /^weights-[0-9a-f]{16}\.bin(\.partial|\.journal)?$/.test(name) &&
        ![dataFile, partial, journalFile, present?.data.file].includes(name),
    );
    // An earlier run may have ended between its last two steps, the renaming of the data and of the manifest.
    if (present?.data.file !== dataFile)
      await rename(path.join(this.#folder, dataFile), path.join(this.#folder, partial)).catch(() => {});
    const { blocks, kept } = await this.#blocks(plan, partial, journalFile);
    const manifest = await this.#finish(id, sources, blocks, partial);
    await this.#removeFiles(
      (name) =>
        name === journalFile ||
        name === SUMS_FILE ||
        (name === present?.data.file && name !== manifest.data.file),
    );
    return { manifest, keptBlocks: kept };
  }

  /** The finished store of the folder, if there is one; with `force`, one that can't be read counts as none. */
  async #presentStore(): Promise<Manifest | undefined> {
    try {
      return await readManifest(this.#folder);
    } catch (error) {
      if ((error as CodriverError).code === 'MODEL_MISSING' || this.#options.force === true) return undefined;
      throw error;
    }
  }

  async #blocks(
    plan: readonly PlannedBlock[],
    partial: string,
    journalFile: string,
  ): Promise<{ blocks: StoredBlock[]; kept: number }> {
    const data = await open(path.join(this.#folder, partial), 'r+').catch(() =>
      open(path.join(this.#folder, partial), 'w+'),
    );
    try {
      const planned = plan.reduce((sum, block) => sum + block.bytes, 0);
      let checked = 0;
      const { journal, finished } = await ConversionJournal.resume(
        path.join(this.#folder, journalFile),
        data,
        plan,
        (bytes) => {
          checked += bytes;
          this.#report('verify', checked, planned);
        },
      );
      try {
        const end = finished.reduce((sum, block) => sum + block.bytes, 0);
        await data.truncate(end);
        await checkRoom(this.#folder, planned - end);
        const blocks = [...finished];
        const report = this.#converting(plan.slice(finished.length));
        for (const block of plan.slice(finished.length)) {
          const stored = await this.#convert(block, data, report);
          await journal.add(stored);
          blocks.push(stored);
        }
        return { blocks, kept: finished.length };
      } finally {
        await journal.close();
      }
    } finally {
      await data.close();
    }
  }

  /** Counts source bytes of the blocks that are to do. */
  #converting(plan: readonly PlannedBlock[]): (bytes: number) => void {
    const total = plan.flatMap(({ tensors }) => tensors).reduce((sum, { source }) => sum + source.bytes, 0);
    let done = 0;
    return (bytes) => {
      done += bytes;
      this.#report('convert', done, total);
    };
  }

  async #convert(
    block: PlannedBlock,
    data: FileHandle,
    report: (bytes: number) => void,
  ): Promise<StoredBlock> {
    const errors: TensorErrors[] = [];
    for (const tensor of block.tensors) {
      errors.push(
        await writeTensor(this.#input.weights, tensor, data, block.offset, (bytes) => {
          if (this.#options.signal?.aborted)
            throw new CodriverError('ABORTED', `The conversion into ${this.#folder} was stopped.`, {
              remedy: 'Run the same command again to go on where it stopped.',
            });
          report(bytes);
        }),
      );
    }
    return finishBlock(block, data, errors);
  }

  async #finish(
    id: string,
    sources: readonly SourceFile[],
    blocks: StoredBlock[],
    partial: string,
  ): Promise<Manifest> {
    const { format, architecture, spec, vocabulary } = this.#input;
    const words = typeof vocabulary === 'string' ? undefined : JSON.stringify(vocabulary);
    const file = `weights-${id}.bin`;
    const tensors = blocks.flatMap((block) => block.tensors);
    const manifest: Manifest = {
      format: 'codriver-store',
      version: 1,
      id,
      source: { format, files: [...sources] },
      architecture,
      spec,
      tokenizer: words === undefined ? { missing: String(vocabulary) } : vocabularySidecar(words),
      quantisation: this.#options.quantisation,
      weights: tensors.reduce((sum, { shape }) => sum + elementsOf(shape), 0),
      data: { file, bytes: blocks.reduce((sum, { bytes }) => sum + bytes, 0) },
      blocks,
    };
    await this.#lock.check();
    await publishStore(this.#folder, partial, manifest, words);
    return manifest;
  }

  async #removeFiles(goes: (name: string) => boolean): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (goes(name)) await rm(path.join(this.#folder, name), { force: true });
    }
  }

  #report(stage: ConvertProgress['stage'], doneBytes: number, totalBytes: number): void {
    this.#options.onProgress?.({ stage, doneBytes: Math.min(doneBytes, totalBytes), totalBytes });
  }
}

/** Names a conversion by all that decides its result. */
function idOf(
  sources: readonly SourceFile[],
  quantisation: Quantisation,
  plan: readonly PlannedBlock[],
  vocabulary: StoreInput['vocabulary'],
): string {
  const layout = plan.map(({ name, offset, tensors }) => [
    name,
    offset,
    tensors.map(({ source, encoding }) => [source.name, source.shape, encoding]),
  ]);
  const sums = sources.map(({ sha256 }) => sha256);
  // The reason for having none may name folders.
  const words = typeof vocabulary === 'string' ? null : vocabulary;
  return sha256Of(JSON.stringify([1, sums, quantisation, layout, words])).slice(0, 16);
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
