import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { namedShape, writeDummyStore } from '../../src/llm/shapes/index.ts';
import { type Quant, writeShapedGguf } from './make-gguf.ts';

/** Groups of 128 with one scale: 4.13 bits a weight. */
const QUANTISATION = { bits: 4, group: 128, symmetric: true } as const;

/** Models with made-up weights of published shapes, made when they are first asked for. */
export class BenchModels {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where prepared weights go. */
  async nvmeDir(): Promise<string> {
    const folder = path.join(this.#folder, 'prepared');
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async store(shape: string): Promise<string> {
    const folder = path.join(this.#folder, `${shape}-store`);
    const spec = namedShape(shape);
    if (spec === undefined) throw new Error(`no shape ${shape}`);
    if (!existsSync(folder)) await writeDummyStore(spec, folder, { quantisation: QUANTISATION, seed: 1 });
    return folder;
  }

  async gguf(shape: string, quant: Quant): Promise<string> {
    const file = path.join(this.#folder, `${shape}-${quant}.gguf`);
    if (!existsSync(file)) await writeShapedGguf(file, shape, quant);
    return file;
  }
}
