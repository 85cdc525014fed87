import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { CodriverError } from '../domain/errors.ts';
import type { MachineProfile } from '../llm/policy/machine-profile.ts';
import { profilePath } from '../llm/policy/profile-file.ts';
import { FULL, measureMachine, QUICK } from '../llm/profile/index.ts';
import { writeDurably } from '../llm/store/durable-write.ts';
import { threadsWithinBudget } from '../onnx/index.ts';
import { interruptSignal, ProgressLine } from './terminal.ts';

interface ProfileOptions {
  readonly nvmeDir?: string;
  readonly threads?: string;
  readonly out?: string;
  readonly quick?: boolean;
  readonly json?: boolean;
}

/** `codriver models profile`. */
export function addProfile(models: Command): void {
  models
    .command('profile')
    .description(
      'Measures this machine once, in a minute: disk, memory, kernels. `models plan` predicts from it.',
    )
    .option(
      '--nvme-dir <folder>',
      'a folder on the disk that models are streamed from; default: where models are kept',
    )
    .option('--threads <number>', 'threads that a model computes with; default: as models have by default')
    .option('--out <file>', 'where the profile goes; default: where `models plan` looks for it')
    .option('--quick', 'take a quarter of the time; the numbers scatter more')
    .option('--json', 'print the profile as JSON')
    .addHelpText(
      'after',
      `
Let nothing else run meanwhile. A file of up to 1 GiB is written to the folder, and is gone afterwards.

Examples:
  codriver models profile
  codriver models profile --nvme-dir /mnt/nvme --threads 4
  codriver models profile --quick --out profile.json --json`,
    )
    .action(profile);
}

async function profile(options: ProfileOptions): Promise<void> {
  const threads = options.threads === undefined ? threadsWithinBudget() : parseThreads(options.threads);
  const file = path.resolve(options.out ?? profilePath());
  const home = path.dirname(profilePath());
  if (options.out === undefined || options.nvmeDir === undefined) await mkdir(home, { recursive: true });
  const line = new ProgressLine('measuring');
  const { signal, dispose } = interruptSignal();
  try {
    const sizes = options.quick ? QUICK : FULL;
    const measured = await measureMachine(
      options.nvmeDir ?? home,
      { sizes, threads, signal },
      (fraction, stage) => line.update(fraction, stage),
    );
    const json = `${JSON.stringify(measured, null, 2)}\n`;
    await writeDurably(file, json).catch((cause: Error) => {
      throw new CodriverError('BAD_ARGUMENT', `The profile can't be written to ${file}: ${cause.message}.`, {
        remedy: 'Give another file: --out FILE.',
        cause,
      });
    });
    line.done();
    process.stdout.write(options.json ? json : asText(measured, file));
  } finally {
    line.done();
    dispose();
  }
}

function parseThreads(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 256) return Number(text);
  throw new CodriverError('BAD_ARGUMENT', `--threads must be a whole number from 1 to 256, not "${text}".`);
}

function asText(measured: MachineProfile, file: string): string {
  const { cpu, threads, disk, memory, executors } = measured;
  const rate = (perS: number): string => `${(perS / 1e9).toFixed(2)} GB/s`;
  const best = Math.max(...disk.reads.map(({ bytesPerS }) => bytesPerS));
  const way = disk.direct ? '' : ", through the system's cache";
  return [
    `${cpu}, ${threads} threads → ${file}`,
    `  disk     streams ${rate(disk.streamedBytesPerS)}, reads ${rate(best)} at best${way}, writes ${rate(disk.writeBytesPerS)}`,
    `  memory   reads ${rate(memory.readBytesPerS)}, copies ${rate(memory.copyBytesPerS)}`,
    ...Object.entries(executors).map(
      ([name, { gemvBytesPerS, gemmFlopsPerS, segmentOverheadS }]) =>
        `  ${name.padEnd(12)} ${rate(gemvBytesPerS)} of weights, ${(gemmFlopsPerS / 1e9).toFixed(0)} GFLOP/s, ${(segmentOverheadS * 1e6).toFixed(0)} µs a segment`,
    ),
    '',
  ].join('\n');
}
