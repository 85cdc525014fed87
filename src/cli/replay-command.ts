import type { Command } from 'commander';
import { CodriverError } from '../domain/index.ts';
import { readUtteranceScript } from '../io/utterance-script.ts';
import { readConfig } from './config-file.ts';
import { Narrator } from './narrator.ts';
import { loadModelOrReflexOnly, openPlates } from './parts.ts';
import { interruptSignal, ProgressLine, printError } from './terminal.ts';

interface ReplayFlags {
  readonly say?: string;
  readonly rate: string;
  readonly report?: string;
  readonly json?: string;
  readonly config?: string;
  readonly model: boolean;
  readonly plates: boolean;
  readonly quiet?: boolean;
}

/** `codriver replay`. */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('Replays a drive log open-loop: the log is the truth, the planner is a labelled shadow.')
    .argument('<log>', 'an MCAP file with ROS 2 messages')
    .option('--say <file>', 'YAML list of utterances to speak into the log: [{at: 12.5, text: "…"}]')
    .option(
      '--rate <x|lockstep>',
      'log seconds a wall second, or lockstep: as fast as it goes, the same bytes every time',
      'lockstep',
    )
    .option('--report <file>', 'write the report as one HTML file')
    .option('--json <file>', 'write the journal as JSON lines; - is standard output')
    .option('--config <file>', 'configuration, topic roles among it; default: config/codriver.yaml')
    .option('--no-model', 'reflexes only')
    .option('--no-plates', 'leave plates unread')
    .option('--quiet', 'do not print what happens')
    .addHelpText(
      'after',
      `\nExamples:\n  codriver replay drive.mcap --report drive.html\n  codriver replay drive.mcap --say utterances.yaml --json drive.jsonl\n  codriver replay drive.mcap --rate 1`,
    )
    .action(async (log: string, flags: ReplayFlags) => replay(log, flags));
}

async function replay(logPath: string, flags: ReplayFlags): Promise<void> {
  const config = readConfig(flags.config);
  const rate = flags.rate === 'lockstep' ? undefined : Number(flags.rate);
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0)) {
    throw new CodriverError('BAD_ARGUMENT', `--rate ${flags.rate} is not a rate.`, {
      remedy: 'Give a number above 0, such as 1 or 0.5, or lockstep.',
    });
  }
  const { replayLog } = await import('../../sim/replay/replay.ts');
  const { RunRecorder } = await import('../../sim/drive/run-recorder.ts');
  const loaded = flags.model ? await loadModelOrReflexOnly(config, false) : null;
  const plates = flags.plates ? await openPlates(false) : null;
  const { signal, dispose } = interruptSignal();
  const narrator = new Narrator(flags.quiet || flags.json === '-' ? null : process.stdout);
  const line = new ProgressLine('replaying');
  const { report, json, say } = flags;
  const startedMs = performance.now();
  try {
    const recorder = await RunRecorder.create({
      ...(json === undefined ? {} : { jsonPath: json }),
      ...(report === undefined ? {} : { reportPath: report }),
      onEntry: narrator.tell,
    });
    let result: Awaited<ReturnType<typeof replayLog>>;
    try {
      result = await replayLog({
        logPath,
        config,
        model: loaded,
        plates: plates?.plates ?? null,
        recorder,
        signal,
        ...(say === undefined
          ? {}
          : { script: (times: { startNs: bigint; endNs: bigint }) => readUtteranceScript(say, times) }),
        ...(rate === undefined ? {} : { rate }),
        onProgress: (fraction, note) => line.update(fraction, note),
      });
    } finally {
      line.done();
      await recorder.close();
    }
    const wallS = (performance.now() - startedMs) / 1000;
    process.stderr.write(
      `${result.messages} messages, ${result.logSeconds.toFixed(1)} s of log in ${wallS.toFixed(1)} s.\n`,
    );
    if (result.badMessages > 0)
      process.stderr.write(`${result.badMessages} broken messages were left out.\n`);
    if (report !== undefined) process.stderr.write(`report: ${report}\n`);
    if (result.damage !== null) {
      printError(result.damage);
      process.exitCode = 1;
    }
    if (signal.aborted) process.exitCode = 130;
  } finally {
    dispose();
    await loaded?.model.close();
    await plates?.close();
  }
}
