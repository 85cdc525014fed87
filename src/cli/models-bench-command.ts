import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { CodriverError } from '../domain/errors.ts';
import { modelHome, resolveModel } from '../models/index.ts';
import { ProgressLine } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

interface BenchOptions {
  readonly gguf?: string;
  readonly limits: string;
  readonly promptTokens: string;
  readonly tokens: string;
  readonly answers: string;
  readonly rounds: string;
  readonly timeout: string;
  readonly nvmeDir?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `codriver models bench`. */
export function addBench(models: Command): void {
  models
    .command('bench')
    .description(
      'Measures a model within limits of memory that the kernel enforces, against llama.cpp and against what disk and processor allow. Root on Linux; caches are dropped before each run.',
    )
    .argument('<model>', 'a store, a GGUF file, a folder of safetensors, or a model of the list')
    .option('--gguf <file>', 'a GGUF of the same shape for llama.cpp (default: <model>, where it is one)')
    .option('--limits <shares>', 'limits as shares of the weights, with commas between', '1.2,1,0.8,0.65,0.5')
    .option('--prompt-tokens <number>', 'tokens of the prompt', '8')
    .option('--tokens <number>', 'tokens of an answer', '9')
    .option('--answers <number>', 'answers in each run', '2')
    .option('--rounds <number>', 'rounds, of which medians count', '1')
    .option('--timeout <seconds>', 'a run that takes longer is ended', '300')
    .option('--nvme-dir <folder>', 'where streamed weights lie (default: the cache folder)')
    .option('--out <folder>', 'writes bench.json and bench.svg there')
    .option('--json', 'print the measurements as JSON')
    .addHelpText(
      'after',
      `
Examples:
  sudo npx codriver models bench smollm2-135m-instruct --limits 2.5,2,1.5
  sudo npx codriver models bench ./qwen-3b-store --gguf qwen-3b-q4_1.gguf --rounds 3 --out bench`,
    )
    .action(bench);
}

async function bench(model: string, options: BenchOptions): Promise<void> {
  const work = {
    answers: wholeNumber(options.answers, '--answers', 1),
    promptTokens: wholeNumber(options.promptTokens, '--prompt-tokens', 1),
    tokens: wholeNumber(options.tokens, '--tokens', 2),
    timeoutMs: 1000 * wholeNumber(options.timeout, '--timeout', 1),
  };
  const shares = options.limits.split(',').map(Number);
  if (!shares.every((share) => share > 0 && share < 100))
    throw new CodriverError('BAD_ARGUMENT', `--limits "${options.limits}" are no shares of the weights.`, {
      remedy: 'Give numbers above 0 with commas between: 1.2,1,0.8,0.5.',
    });
  // Only who measures needs it, and what it measures against.
  const { compare } = await import('../../bench/offload/compare.ts');
  const { comparisonTable } = await import('../../bench/offload/table.ts');
  const { comparisonPicture } = await import('../../bench/offload/picture.ts');
  const line = new ProgressLine('measuring');
  try {
    const nvmeDir = path.resolve(options.nvmeDir ?? path.join(modelHome(), 'prepared'));
    await mkdir(nvmeDir, { recursive: true });
    const found = await compare({
      model: existsSync(model) ? path.resolve(model) : await resolveModel(model),
      ...(options.gguf !== undefined && { gguf: path.resolve(options.gguf) }),
      shares,
      work,
      nvmeDir,
      rounds: wholeNumber(options.rounds, '--rounds', 1),
      onProgress: (fraction, what) => line.update(fraction, what),
    });
    line.done();
    if (options.out !== undefined) {
      await mkdir(options.out, { recursive: true });
      await writeFile(path.join(options.out, 'bench.json'), `${JSON.stringify(found, null, 2)}\n`);
      await writeFile(path.join(options.out, 'bench.svg'), comparisonPicture(found));
    }
    process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : comparisonTable(found));
  } finally {
    line.done();
  }
}
