import path from 'node:path';
import type { Command } from 'commander';
import { watchTiers } from '../assistant/index.ts';
import { CodriverError, type ModelTier } from '../domain/index.ts';
import { readConfig } from './config-file.ts';
import { type AssistantFlags, addAssistantFlags, withModelFlags } from './model-flags.ts';
import { Narrator } from './narrator.ts';
import { loadModelOrReflexOnly, openPlates } from './parts.ts';
import { interruptSignal, ProgressLine } from './terminal.ts';
import { tierLines } from './tier-lines.ts';

interface SimFlags extends AssistantFlags {
  readonly out: string;
  readonly seconds?: string;
}

/** `codriver sim`. */
export function addSim(program: Command): void {
  const command = program
    .command('sim')
    .description('Drives a simulated street in closed loop, records it and writes the report.')
    .argument('<scenario>', 'street')
    .option('--out <folder>', 'where the recording, the journal and the report go', 'runs')
    .option('--seconds <s>', 'drive only this long')
    .addHelpText(
      'after',
      '\nExamples:\n  codriver sim street\n  codriver sim street --seconds 20 --no-model --out /tmp/run',
    )
    .action(async (name: string, flags: SimFlags) => drive(name, flags));
  addAssistantFlags(command);
}

async function drive(name: string, flags: SimFlags): Promise<void> {
  const config = withModelFlags(readConfig(flags.config), flags);
  const { scenarioNamed } = await import('../../sim/scenarios/index.ts');
  const scenario = scenarioNamed(name);
  const durationS = flags.seconds === undefined ? scenario.durationS : Number(flags.seconds);
  if (!(durationS > 0 && durationS <= scenario.durationS)) {
    throw new CodriverError('BAD_ARGUMENT', `--seconds ${flags.seconds} is not within the scenario.`, {
      remedy: `Give a number above 0 and up to ${scenario.durationS}.`,
    });
  }
  const { driveStreet } = await import('../../sim/drive/street-drive.ts');
  const { RunRecorder } = await import('../../sim/drive/run-recorder.ts');
  const loaded = flags.model !== false ? await loadModelOrReflexOnly(config, true) : null;
  const plates = flags.plates ? await openPlates(true) : null;
  const { signal, dispose } = interruptSignal();
  const file = (extension: string): string => path.join(flags.out, `${name}.${extension}`);
  const narrator = new Narrator(flags.quiet ? null : process.stdout);
  const line = new ProgressLine('driving');
  const tiersOfRun = watchTiers(loaded?.model ?? null, config);
  let tiers: ModelTier[] = [];
  try {
    const recorder = await RunRecorder.create({
      jsonPath: file('jsonl'),
      reportPath: file('html'),
      onEntry: narrator.tell,
    });
    try {
      await driveStreet({
        scenario,
        config,
        model: loaded,
        plates: plates?.plates ?? null,
        recorder,
        logPath: file('mcap'),
        signal,
        durationS,
        onProgress: (fraction) => line.update(fraction),
      });
    } finally {
      line.done();
      tiers = await tiersOfRun();
      await recorder.close(tiers);
    }
    process.stdout.write(
      `\nrecording ${file('mcap')}\njournal   ${file('jsonl')}\nreport    ${file('html')}  ← open it in a browser\n${tierLines(tiers)}`,
    );
    if (signal.aborted) process.exitCode = 130;
  } finally {
    dispose();
    await loaded?.model.close();
    await plates?.close();
  }
}
