import { type Command, Option } from 'commander';
import type { Quantisation } from '../llm/store/index.ts';

/** What a command line says of how weights are stored. */
export interface QuantisationFlags {
  readonly bits: '4' | '8' | '16';
  readonly group: '32' | '64' | '128';
}

/** Adds `--bits` and `--group`. */
export function addQuantisationFlags(command: Command): Command {
  return command
    .addOption(new Option('--bits <number>', 'bits of a weight').choices(['4', '8', '16']).default('4'))
    .addOption(
      new Option('--group <number>', 'weights that share a scale, at 4 and 8 bits')
        .choices(['32', '64', '128'])
        .default('64'),
    );
}

/** The settings that flags ask for. */
export function quantisationOf({ bits, group }: QuantisationFlags, symmetric: boolean): Quantisation {
  if (bits === '16') return { bits: 16 };
  return { bits: bits === '4' ? 4 : 8, group: group === '32' ? 32 : group === '64' ? 64 : 128, symmetric };
}
