import { type NamedModel, watchTiers } from '../assistant/index.ts';
import { type Config, type ModelTier, toJsonLine } from '../domain/index.ts';
import { readConfig } from './config-file.ts';
import { withModelFlags } from './model-flags.ts';
import { isSameModel, loadModel, loadModelOrReflexOnly, openPlateReader } from './parts.ts';
import { type CommonReplayOptions, type ReplayFlags, scriptOf, tellOutcome } from './replay-common.ts';
import { fileOfBuild, refuseOverwriting } from './replay-files.ts';
import { ReplayProgressLine } from './replay-progress.ts';
import { interruptSignal } from './terminal.ts';
import { configOfB, type WhatIf } from './what-if-option.ts';
import { WhatIfTable } from './what-if-table.ts';

/** Replays logs through the configuration as it is (A) and with parts replaced (B), and tells in what they differ. */
export async function compareBuilds(
  whatIf: WhatIf,
  common: CommonReplayOptions,
  flags: ReplayFlags,
): Promise<void> {
  const configA = withModelFlags(readConfig(flags.config), flags);
  const configB = configOfB(whatIf, configA);
  const { replayLogs } = await import('../../sim/replay/replay.ts');
  const { ReplayOutputs } = await import('../../sim/replay/replay-outputs.ts');
  const { DifferenceFinder } = await import('../../sim/replay/differences.ts');
  const { SharedPlateReader, shareAnswers } = await import('../../sim/replay/shared-parts.ts');
  const { PlatePerception } = await import('../perception/index.ts');
  const models = await loadModels(configA, configB, whatIf, flags.model !== false);
  const reader = flags.plates ? await openPlateReader(false) : null;
  const { signal, dispose } = interruptSignal();
  const line = new ReplayProgressLine();
  const { report, json, record } = flags;
  const startedMs = performance.now();
  const tiersOf = {
    a: watchTiers(models.a?.model ?? null, configA),
    b: watchTiers(models.b?.model ?? null, configB),
  };
  const titles = ['A: as configured', `B: ${whatIf.text}`] as const;
  try {
    const files = (['a', 'b'] as const).map((build, index) => ({
      title: titles[index] ?? build,
      ...(json === undefined || json === '-' ? {} : { jsonPath: fileOfBuild(json, build) }),
      ...(record === undefined ? {} : { recordPath: fileOfBuild(record, build) }),
    }));
    refuseOverwriting(common.logs, [
      report,
      json,
      ...files.flatMap(({ jsonPath, recordPath }) => [jsonPath, recordPath]),
    ]);
    const outputs = new ReplayOutputs(files, {
      ...(report === undefined ? {} : { reportPath: report }),
      ...(json === undefined ? {} : { linesPath: json }),
    });
    const settings = {
      a: { config: configA, model: models.a?.name ?? null },
      b: { config: configB, model: models.b?.name ?? null },
    };
    const out = json === '-' ? process.stderr : process.stdout;
    const table = new WhatIfTable({ out, rows: !flags.quiet, ...(report === undefined ? {} : { report }) });
    const finder = new DifferenceFinder(settings, (difference) => {
      outputs.line(toJsonLine(difference));
      outputs.explain(difference.originId, difference.explanation);
      table.row(difference);
    });
    const shared = reader === null ? null : new SharedPlateReader(reader);
    const once = models.a !== null && models.a === models.b ? shareAnswers(models.a.model) : null;
    const build = (config: Config, model: NamedModel | null, index: 0 | 1) => ({
      config,
      model: model === null || once === null ? model : { ...model, model: once },
      plates: shared === null ? null : new PlatePerception(shared),
      journal: (entry: Parameters<typeof outputs.write>[1]) => {
        outputs.write(index, entry);
        finder.add(index === 0 ? 'A' : 'B', entry);
      },
    });
    let result: Awaited<ReturnType<typeof replayLogs>>;
    let tiers: Record<'a' | 'b', ModelTier[]> = { a: [], b: [] };
    try {
      result = await replayLogs({
        ...common,
        builds: [build(configA, models.a, 0), build(configB, models.b, 1)],
        signal,
        script: scriptOf(flags, outputs),
        begin: async () => {
          await outputs.open();
          table.head(titles, finder.changes);
        },
        ready: () => outputs.ready(),
        onMessage: (logged) => outputs.take(logged),
        onProgress: ({ doneS, totalS, nowNs }) => {
          finder.settle(nowNs);
          line.update(doneS, totalS);
        },
      });
    } finally {
      line.done();
      finder.end();
      outputs.line(toJsonLine({ type: 'differences', ...table.summary }));
      tiers = { a: await tiersOf.a(), b: await tiersOf.b() };
      await outputs.end(tiers.b);
    }
    table.foot();
    const told = models.a === models.b ? { model: tiers.a } : { 'model A': tiers.a, 'model B': tiers.b };
    tellOutcome(result, (performance.now() - startedMs) / 1000, told);
    if (report !== undefined) process.stderr.write(`report: ${report}\n`);
    if (flags.failOnDifference && table.summary.total > 0) process.exitCode ||= 2;
    if (signal.aborted) process.exitCode = 130;
  } finally {
    dispose();
    await reader?.close();
    await models.a?.model.close();
    if (models.b !== models.a) await models.b?.model.close();
  }
}

/** The models of both builds; the same one where both ask for the same. */
async function loadModels(
  a: Config,
  b: Config,
  whatIf: WhatIf,
  wanted: boolean,
): Promise<{ a: NamedModel | null; b: NamedModel | null }> {
  const loadedA = wanted ? await loadModelOrReflexOnly(a, false) : null;
  const same = isSameModel(a, b);
  if (whatIf.model === null) return { a: loadedA, b: null };
  if (whatIf.model === undefined && !wanted) return { a: loadedA, b: null };
  if (same && (loadedA !== null || whatIf.model === undefined)) return { a: loadedA, b: loadedA };
  try {
    // Without the model that B is about there is nothing to compare.
    return { a: loadedA, b: await loadModel(b, false) };
  } catch (error) {
    await loadedA?.model.close();
    throw error;
  }
}
