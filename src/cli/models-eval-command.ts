import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { CodriverError } from '../domain/index.ts';
import {
  accountOf,
  type CaseResult,
  confusionOf,
  confusionPicture,
  type Evaluated,
  failuresText,
  metricsOf,
  metricsTable,
  readEvalSet,
  runEvaluation,
  selectCases,
} from '../evaluation/index.ts';
import { readConfig } from './config-file.ts';
import { addAdapterFlag, addMemoryFlags, type ModelFlags, withModelFlags } from './model-flags.ts';
import { loadModel } from './parts.ts';
import { interruptSignal, ProgressLine } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

interface EvalFlags extends ModelFlags {
  readonly set: string;
  readonly category?: string;
  readonly limit?: string;
  readonly reflex?: boolean;
  readonly config?: string;
  readonly json?: string;
  readonly out?: string;
}

/** `codriver models eval`. */
export function addEval(models: Command): void {
  const command = models
    .command('eval')
    .description(
      'Says every utterance of an evaluation set to a model and measures how much of it is understood. Nothing is sent.',
    )
    .argument(
      '<model>',
      'a model of `codriver models list` or the beginning of its name, a GGUF file, or a folder',
    )
    .option('--set <name|file>', 'dev, dev-en, dev-ja, or a YAML or JSON file (docs/model.md)', 'dev')
    .option('--category <name>', 'only utterances of this category')
    .option('--limit <number>', 'so many utterances at most, spread evenly over the set')
    .option('--reflex', 'let the reflex answer first, as in the car; default: the model alone')
    .option('--config <file>', 'configuration; default: config/codriver.yaml')
    .option('--json <file>', 'writes metrics and every answer there')
    .option('--out <folder>', 'writes eval.json, confusion.svg and failures.txt there')
    .addHelpText(
      'after',
      `
Exit codes: 0 evaluated (however well), 1 an error, 130 interrupted (what was done is printed and written).

Examples:
  codriver models eval smollm2-135m --set dev
  codriver models eval smollm2-135m --adapter none --set dev-ja --category referent
  codriver models eval ./my.gguf --set my-utterances.yaml --limit 100 --out evaluation`,
    )
    .action(evaluate);
  addMemoryFlags(addAdapterFlag(command));
}

async function evaluate(model: string, flags: EvalFlags): Promise<void> {
  const config = withModelFlags(readConfig(flags.config), { ...flags, model });
  const { set, category } = flags;
  // Before the model is loaded: what is wrong with the set is told at once.
  const cases = selectCases(readEvalSet(set, config), {
    ...(category !== undefined && { category }),
    ...(flags.limit !== undefined && { limit: wholeNumber(flags.limit, '--limit', 1) }),
  });
  const loaded = await loadModel(config, false);
  const { signal, dispose } = interruptSignal({
    notice: '\nStopping; what was done is kept. Once more to end at once.\n',
  });
  const line = new ProgressLine(`evaluating ${cases.length} utterances`);
  const right = { full: 0 };
  try {
    const results = await runEvaluation(loaded.model, cases, config, {
      reflex: flags.reflex === true,
      signal,
      onResult: ({ score }, done) => {
        if (score.full) right.full++;
        line.update(done / cases.length, `${done} done, ${right.full} fully right`);
      },
    });
    line.done();
    const evaluated = {
      model: loaded.name,
      sha256: loaded.sha256,
      adapter: config.thought.adapter,
      set,
      ...(category !== undefined && { category }),
      reflex: flags.reflex === true,
      cases: cases.length,
    };
    const metrics = metricsOf(results);
    const account = `${JSON.stringify(accountOf(evaluated, config, metrics, results), null, 2)}\n`;
    if (flags.json !== undefined) await written(flags.json, account);
    if (flags.out !== undefined) await writeFolder(flags.out, account, evaluated, results);
    process.stdout.write(`${titleOf(evaluated, results)}\n\n${metricsTable(metrics)}\n`);
    const failures = failuresText(results);
    if (failures !== '') process.stdout.write(`\nNot fully right:\n${failures}`);
    if (signal.aborted) process.exitCode = 130;
  } finally {
    line.done();
    dispose();
    await loaded.model.close();
  }
}

function titleOf({ model, adapter, set, cases }: Evaluated, results: readonly CaseResult[]): string {
  const part = results.length < cases ? `${results.length} of ${cases}` : String(cases);
  const trained = adapter === 'none' ? 'no adapter' : `adapter ${adapter}`;
  return `${path.basename(model)}, ${trained}: ${part} utterances of ${path.basename(set)}`;
}

async function writeFolder(
  folder: string,
  account: string,
  evaluated: Evaluated,
  results: readonly CaseResult[],
): Promise<void> {
  await written(path.join(folder, 'eval.json'), account);
  const picture = confusionPicture(confusionOf(results), titleOf(evaluated, results));
  await written(path.join(folder, 'confusion.svg'), picture);
  await written(path.join(folder, 'failures.txt'), failuresText(results));
}

async function written(file: string, text: string): Promise<void> {
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    const wrapped = CodriverError.from(error);
    if (wrapped.code === 'DISK_FULL') throw wrapped;
    throw new CodriverError('BAD_ARGUMENT', `${file} can not be written: ${wrapped.message}`, {
      remedy: 'Name a file or folder that may be written to.',
      cause: error,
    });
  }
}
