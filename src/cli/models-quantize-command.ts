import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { openModel } from '../llm/formats/open-model.ts';
import {
  bitsPerWeight,
  type ConvertProgress,
  type ConvertResult,
  convertToStore,
  type Encoding,
  type StoredTensor,
  storeInput,
} from '../llm/store/index.ts';
import { resolveModel } from '../models/index.ts';
import { addQuantisationFlags, type QuantisationFlags, quantisationOf } from './quantisation-flags.ts';
import { interruptSignal, ProgressLine } from './terminal.ts';

interface QuantizeOptions extends QuantisationFlags {
  readonly out: string;
  readonly symmetric?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const STAGE_WORDS = {
  sum: 'checksum of the source',
  verify: 'checking finished blocks',
  convert: '',
} as const;

/** `codriver models quantize`. */
export function addQuantize(models: Command): void {
  addQuantisationFlags(
    models
      .command('quantize')
      .description(
        'Converts a model into a block store: each block contiguous and checksummed, for streaming from NVMe.',
      )
      .argument('<source>', 'a name of `codriver models list`, a GGUF file, or a folder of safetensors')
      .requiredOption('--out <folder>', 'where the store goes; its parent folder must exist'),
  )
    .option('--symmetric', 'scales without minima: a quarter of a bit less at groups of 64, less exact')
    .option('--force', 'replace another finished store in the folder, once the new one is whole')
    .option('--json', 'print the result as JSON, with the errors of every tensor')
    .addHelpText(
      'after',
      `
A conversion that was interrupted goes on where it stopped when the same command is run again.

Examples:
  codriver models quantize smollm2-135m-instruct --out smollm2-q4
  codriver models quantize ./Qwen2.5-7B-Instruct --out qwen-q4 --group 128
  codriver models quantize model.gguf --out model-q8 --bits 8 --symmetric --json`,
    )
    .action(quantize);
}

async function quantize(source: string, options: QuantizeOptions): Promise<void> {
  const location = existsSync(source) ? path.resolve(source) : await resolveModel(source);
  const line = new ProgressLine(`quantizing ${path.basename(location)}`);
  const { signal, dispose } = interruptSignal();
  const startMs = performance.now();
  const model = await openModel(location);
  try {
    const result = await convertToStore(await storeInput(model), path.resolve(options.out), {
      quantisation: quantisationOf(options, options.symmetric ?? false),
      force: options.force ?? false,
      signal,
      onProgress: ({ stage, doneBytes, totalBytes }: ConvertProgress) =>
        line.update(totalBytes === 0 ? 1 : doneBytes / totalBytes, STAGE_WORDS[stage]),
    });
    const facts = factsOf(result, options.out, (performance.now() - startMs) / 1000);
    line.done();
    process.stdout.write(options.json ? `${JSON.stringify(facts, null, 2)}\n` : asText(facts));
  } finally {
    line.done();
    dispose();
    await model.close();
  }
}

/** What is printed: as JSON, or in words. */
type Facts = ReturnType<typeof factsOf>;

function factsOf({ manifest, keptBlocks }: ConvertResult, store: string, seconds: number) {
  return {
    store,
    id: manifest.id,
    source: manifest.source,
    architecture: manifest.architecture,
    tokenizer: manifest.tokenizer,
    quantisation: manifest.quantisation,
    weights: manifest.weights,
    sourceBytes: manifest.source.files.reduce((sum, { bytes }) => sum + bytes, 0),
    storeBytes: manifest.data.bytes,
    bitsPerWeight: bitsPerWeight(manifest),
    blocks: manifest.blocks.length,
    keptBlocks,
    seconds,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    tensors: manifest.blocks
      .flatMap(({ tensors }) => tensors)
      .map(({ name, shape, encoding, meanError, worstError }) => ({
        name,
        shape,
        encoding,
        meanError,
        worstError,
      })),
  };
}

function asText(facts: Facts): string {
  const { source, store, keptBlocks, blocks } = facts;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const kept = keptBlocks > 0 ? `, ${keptBlocks} of them kept from an earlier run` : '';
  return [
    `${source.files.map(({ name }) => name).join(', ')} → ${store}`,
    `  weights  ${(facts.weights / 1e6).toFixed(1)} million in ${blocks} blocks${kept}`,
    `  size     ${megabytes(facts.sourceBytes)} → ${megabytes(facts.storeBytes)}, ${facts.bitsPerWeight.toFixed(2)} bits a weight`,
    ...('missing' in facts.tokenizer ? [`  words    none: ${facts.tokenizer.missing}`] : []),
    `  took     ${facts.seconds.toFixed(1)} s and ${megabytes(facts.peakMemoryBytes)} of memory`,
    '',
    ...errorTable(facts.tensors),
    '',
  ].join('\n');
}

/**
 * Errors as shares of the weights: of the mean weight, and in the group where that is worst. The same tensors of
 * all blocks share a line.
 */
function errorTable(
  tensors: readonly Pick<StoredTensor, 'name' | 'encoding' | 'meanError' | 'worstError'>[],
) {
  const parts = new Map<string, (typeof tensors)[number][]>();
  for (const tensor of tensors) {
    const part = `${tensor.name.replace(/^blk\.\d+\./, 'blk.*.')} ${encodingText(tensor.encoding)}`;
    const list = parts.get(part);
    if (list === undefined) parts.set(part, [tensor]);
    else list.push(tensor);
  }
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`.padStart(9);
  const rows = [...parts].map(([part, members]) => {
    const mean = members.reduce((sum, { meanError }) => sum + meanError, 0) / members.length;
    const worst = Math.max(...members.map(({ worstError }) => worstError));
    const [name, ...encoding] = part.split(' ');
    return `  ${(name ?? '').padEnd(32)} ${encoding.join(' ').padEnd(20)} ${percent(mean)}  ${percent(worst)}`;
  });
  return [`  ${'tensor'.padEnd(32)} ${'stored as'.padEnd(20)}     error  worst group`, ...rows];
}

function encodingText(encoding: Encoding): string {
  if (encoding.type !== 'groups') return encoding.type;
  return `${encoding.bits} bits in ${encoding.group}s${encoding.symmetric ? ', symmetric' : ''}`;
}
