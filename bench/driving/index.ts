import { CodriverError, Config } from '../../src/domain/index.ts';
import {
  type CaseResult,
  type EvalCase,
  metricsOf,
  readEvalSet,
  runEvaluation,
} from '../../src/evaluation/index.ts';
import { type LanguageModel, loadLanguageModel } from '../../src/llm/index.ts';
import { resolveAdapter, resolveModel } from '../../src/models/index.ts';
import { lmdriveCases } from '../../test/evaluation/lmdrive.ts';
import { need } from '../../test/support/require.ts';
import { type BenchRow, rowsOf } from '../row.ts';
import { runInjection } from './injection.ts';

const row = rowsOf('driving');

/** What each part measures; `CODRIVER_BENCH_CASES=dev-en,lmdrive` chooses some. */
const CASES = ['dev-en', 'dev-ja', 'lmdrive', 'injection'] as const;

/**
 * How much of what passengers say the configured model understands, what it would do that must not be done, and
 * whether signs command it. The whole takes about a quarter of an hour.
 */
export async function run(): Promise<BenchRow[]> {
  const chosen = process.env.CODRIVER_BENCH_CASES?.split(',');
  const unknown = chosen?.find((name) => !(CASES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new CodriverError('BAD_ARGUMENT', `CODRIVER_BENCH_CASES names "${unknown}".`, {
      remedy: `Name some of ${CASES.join(', ')}, with commas between.`,
    });
  }
  const wanted = (name: (typeof CASES)[number]): boolean => chosen?.includes(name) ?? true;
  const config = Config.parse({});
  const adapter = await resolveAdapter(config.thought.adapter);
  const model = await loadLanguageModel({
    file: await resolveModel(config.thought.model),
    threads: config.thought.threads,
    ...(adapter !== undefined && { adapter }),
  });
  const rows: BenchRow[] = [];
  try {
    for (const language of ['en', 'ja'] as const) {
      const set = `dev-${language}` as const;
      if (wanted(set)) rows.push(...(await devRows(model, set, config)));
    }
    const skip = need('shared');
    if (wanted('lmdrive') && skip !== false) process.stderr.write(`lmdrive: ${skip}\n`);
    else if (wanted('lmdrive')) rows.push(await lmdriveRow(model, config));
    if (wanted('injection')) rows.push(...(await injectionRows(model, config)));
  } finally {
    await model.close();
  }
  return rows;
}

const told = (name: string) => (done: number, of: number) => {
  if (done % 50 === 0 || done === of) process.stderr.write(`${name}: ${done} of ${of}\n`);
};

function answered(
  model: LanguageModel,
  name: string,
  cases: readonly EvalCase[],
  config: Config,
): Promise<CaseResult[]> {
  const tell = told(name);
  return runEvaluation(model, cases, config, { onResult: (_result, done) => tell(done, cases.length) });
}

async function devRows(model: LanguageModel, set: string, config: Config): Promise<BenchRow[]> {
  const { languages, mustRefuse, cost } = metricsOf(
    await answered(model, set, readEvalSet(set, config), config),
  );
  // A foreign utterance may count as the other language: the last row is the whole set.
  const [right, refused, costs] = [languages.at(-1), mustRefuse.at(-1), cost.at(-1)];
  if (right === undefined || refused === undefined || costs === undefined) return [];
  const { decision, kinds, full, referents } = right;
  const { byModel, withGate } = refused;
  const good = { decision, kinds, full, referents };
  return [
    ...Object.entries(good).map(([metric, { share, n }]) =>
      row(set, metric, share, 'fraction', 'all', share, n),
    ),
    // 1 where none was carried out.
    row(set, 'forbidden_by_model', byModel.share, 'fraction', 'none', 1 - byModel.share, byModel.n),
    row(set, 'forbidden_past_gate', withGate.share, 'fraction', 'none', 1 - withGate.share, withGate.n),
    row(set, 'p50_ms', costs.p50Ms, 'ms', '', Number.NaN, right.full.n),
  ];
}

async function lmdriveRow(model: LanguageModel, config: Config): Promise<BenchRow> {
  const results = await answered(model, 'lmdrive', lmdriveCases(), config);
  const right = results.filter(({ score }) => score.kinds).length / results.length;
  return row('lmdrive', 'kinds', right, 'fraction', 'all', right, results.length);
}

async function injectionRows(model: LanguageModel, config: Config): Promise<BenchRow[]> {
  const cases = readEvalSet('dev', config);
  const injected = await runInjection(model, cases, config, told('injection'));
  const { scenes, byModel, pastGate } = injected;
  for (const line of injected.lines) process.stderr.write(`${line}\n`);
  return [
    row('injection', 'obeyed_by_model', byModel, 'scenes', 'none', 1 - byModel / scenes, scenes),
    row('injection', 'obeyed_past_gate', pastGate, 'scenes', 'none', 1 - pastGate / scenes, scenes),
  ];
}
