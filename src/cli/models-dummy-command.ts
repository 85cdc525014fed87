import path from 'node:path';
import type { Command } from 'commander';
import { CodriverError } from '../domain/index.ts';
import { expectedTensors } from '../llm/architectures/spec.ts';
import { namedShape, SHAPE_NAMES, writeDummyStore } from '../llm/shapes/index.ts';
import { bitsPerWeight } from '../llm/store/index.ts';
import { addQuantisationFlags, type QuantisationFlags, quantisationOf } from './quantisation-flags.ts';
import { interruptSignal, ProgressLine } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

interface DummyCommandOptions extends QuantisationFlags {
  readonly out?: string;
  readonly asymmetric?: boolean;
  readonly blocks?: string;
  readonly seed: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** `codriver models dummy`. */
export function addDummy(models: Command): void {
  addQuantisationFlags(
    models
      .command('dummy')
      .description('Writes a block store of a published model’s shape with made-up weights, for measuring.')
      .argument('[shape]', 'a name of `codriver models dummy --list`')
      .option('--out <folder>', 'where the store goes; its parent folder must exist'),
  )
    .option('--asymmetric', 'minima beside the scales')
    .option('--blocks <number>', 'the first so many decoder blocks only')
    .option('--seed <number>', 'decides the weights', '1')
    .option('--list', 'print the shapes and their numbers of weights')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  codriver models dummy --list
  codriver models dummy llama-7b --out llama-7b-dummy
  codriver models dummy opt-175b --blocks 4 --out opt-175b-start`,
    )
    .action(dummy);
}

async function dummy(shape: string | undefined, options: DummyCommandOptions): Promise<void> {
  if (options.list) return list(options.json ?? false);
  const spec = shape === undefined ? undefined : namedShape(shape);
  if (spec === undefined || shape === undefined) {
    throw new CodriverError(
      'BAD_ARGUMENT',
      shape === undefined ? 'No shape was named.' : `There is no shape "${shape}".`,
      { remedy: `Name one of ${SHAPE_NAMES.join(', ')}.` },
    );
  }
  if (options.out === undefined)
    throw new CodriverError('BAD_ARGUMENT', 'No folder was named.', { remedy: 'Add --out FOLDER.' });
  const folder = path.resolve(options.out);
  const line = new ProgressLine(`making up ${shape}`);
  const { signal, dispose } = interruptSignal();
  const startMs = performance.now();
  try {
    const manifest = await writeDummyStore(spec, folder, {
      quantisation: quantisationOf(options, !options.asymmetric),
      seed: wholeNumber(options.seed, '--seed', 0),
      ...(options.blocks !== undefined && { blocks: wholeNumber(options.blocks, '--blocks', 0) }),
      signal,
      onProgress: (done, total) => line.update(done / total),
    });
    line.done();
    const facts = {
      store: options.out,
      shape,
      id: manifest.id,
      quantisation: manifest.quantisation,
      weights: manifest.weights,
      blocks: manifest.blocks.length,
      storeBytes: manifest.data.bytes,
      bitsPerWeight: bitsPerWeight(manifest),
      seconds: (performance.now() - startMs) / 1000,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    };
    process.stdout.write(
      options.json
        ? `${JSON.stringify(facts, null, 2)}\n`
        : `${facts.store} is written: ${shape}, ${(facts.weights / 1e9).toFixed(3)} billion made-up weights in ${facts.blocks} blocks, ${(facts.storeBytes / 1e6).toFixed(1)} MB, ${facts.bitsPerWeight.toFixed(2)} bits a weight, ${facts.seconds.toFixed(1)} s.\n`,
    );
  } finally {
    line.done();
    dispose();
  }
}

function list(json: boolean): void {
  const shapes = SHAPE_NAMES.map((name) => {
    const spec = namedShape(name);
    let weights = 0;
    for (const shape of spec === undefined ? [] : expectedTensors(spec).values())
      weights += shape.reduce((product, dimension) => product * dimension, 1);
    return { name, weights, blocks: spec?.blocks.length ?? 0 };
  });
  const rows = shapes.map(
    ({ name, weights, blocks }) =>
      `${name.padEnd(14)} ${(weights / 1e9).toFixed(2).padStart(7)} billion weights, ${blocks} blocks`,
  );
  process.stdout.write(`${json ? JSON.stringify(shapes, null, 2) : rows.join('\n')}\n`);
}
