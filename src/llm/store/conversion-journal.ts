import { type FileHandle, open, readFile } from 'node:fs/promises';
import { sumBlock } from './block-check.ts';
import { writeDurably } from './durable-write.ts';
import type { PlannedBlock } from './layout.ts';
import { FinishedBlockSchema, type StoredBlock } from './manifest.ts';

/** The blocks of an unfinished conversion that are on the disk, one JSON line each. */
export class ConversionJournal {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /**
   * Opens the journal and returns the blocks it names that are really in `data` and sound, up to the first
   * that isn't; lines after that are cut off.
   */
  static async resume(
    file: string,
    data: FileHandle,
    plan: readonly PlannedBlock[],
    onBytes: (bytes: number) => void,
  ): Promise<{ journal: ConversionJournal; finished: StoredBlock[] }> {
    const text = await readFile(file, 'utf8').catch(() => '');
    const finished: StoredBlock[] = [];
    for (const line of text.split('\n')) {
      const block = parseLine(line);
      const planned = plan[finished.length];
      if (block === undefined || planned === undefined || !isAsPlanned(block, planned)) break;
      if ((await sumBlock(data, block, onBytes))?.sha256 !== block.sha256) break;
      finished.push(block);
    }
    await writeDurably(file, finished.map(lineOf).join(''));
    return { journal: new ConversionJournal(await open(file, 'a')), finished };
  }

  /** Notes a block, whose bytes must be on the disk already. */
  async add(block: StoredBlock): Promise<void> {
    await this.#handle.appendFile(lineOf(block));
    await this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function lineOf(block: StoredBlock): string {
  return `${JSON.stringify(block)}\n`;
}

function parseLine(line: string): StoredBlock | undefined {
  try {
    return FinishedBlockSchema.parse(JSON.parse(line));
  } catch {
    // The last line of a process that was killed, or damage: the block is converted again.
    return undefined;
  }
}

function isAsPlanned(block: StoredBlock, planned: PlannedBlock): boolean {
  return block.name === planned.name && block.offset === planned.offset && block.bytes === planned.bytes;
}
