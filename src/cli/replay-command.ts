import { type Command, Option } from 'commander';
import { watchTiers } from '../assistant/index.ts';
import { CodriverError, type ModelTier } from '../domain/index.ts';
import { readConfig } from './config-file.ts';
import { addModelFlags, withModelFlags } from './model-flags.ts';
import { Narrator } from './narrator.ts';
import { loadModelOrReflexOnly, openPlates } from './parts.ts';
import {
  type CommonReplayOptions,
  type ReplayFlags,
  type ReplayOutcome,
  scriptOf,
  tellOutcome,
} from './replay-common.ts';
import { refuseOverwriting } from './replay-files.ts';
import { ReplayProgressLine } from './replay-progress.ts';
import { rangeOf } from './replay-range.ts';
import { interruptSignal } from './terminal.ts';
import { gatePresets, parseWhatIf } from './what-if-option.ts';
import { compareBuilds } from './what-if-replay.ts';

/** `codriver replay`. */
export function addReplay(program: Command, rosArgs: readonly string[]): void {
  const command = program
    .command('replay')
    .description(
      'Replays drive logs open-loop: the logs are the truth, the planner is a labelled shadow. Several are merged by time.',
    )
    .argument('<log...>', 'files, folders or URLs of recordings')
    .option('--from <time>', 'start: seconds from the start, HH:MM:SS, or ISO 8601 with its offset')
    .option('--to <time>', 'end, in the same forms')
    .option('--say <file>', 'YAML list of utterances to speak into the logs: [{at: 12.5, text: "…"}]')
    .option(
      '--rate <x|lockstep>',
      'log seconds a wall second, or lockstep: as fast as it goes, the same bytes every time',
      'lockstep',
    )
    .option('--report <file>', 'write the report as one HTML file')
    .option('--json <file>', 'write the journal as JSON lines; - is standard output')
    .option('--record <folder|file.mcap>', 'record everything heard, decided and said')
    .option('--config <file>', 'configuration, topic roles among it; default: config/codriver.yaml')
    .addOption(
      new Option(
        '--what-if <k=v,...>',
        `compare with a second build in the same pass: model=NAME|none, gate=${gatePresets().join('|')}|FILE, config=FILE`,
      ),
    )
    .option('--fail-on-difference', 'with --what-if: exit with 2 where the builds differ')
    .option('--ros', 'publish the logs on the ROS 2 graph instead, in their own time, with /clock')
    .option('--wait <s>', 'with --ros: seconds to wait for subscribers', '10')
    .option('--no-model', 'reflexes only')
    .option('--no-plates', 'leave plates unread')
    .option('--quiet', 'do not print what happens')
    .addHelpText('after', HELP)
    .action(async (logs: string[], flags: ReplayFlags) => replay(logs, flags, rosArgs));
  addModelFlags(command);
}

const HELP = `
Examples:
  codriver replay drive.mcap --report drive.html
  codriver replay front.mcap rear.bag gnss.db3 --from 00:01:30 --to 00:02:00
  codriver replay drive.mcap --say utterances.yaml --json drive.jsonl
  codriver replay drive.mcap --rate 1
  codriver replay drive.mcap --ros --rate 2
  codriver replay drive.mcap --what-if gate=strict --report strict.html
  codriver replay drive.mcap --what-if model=none,config=tomorrow.yaml --json diff.jsonl --fail-on-difference

With --what-if, A is the configuration as it is and B has the parts named replaced. --json then holds a line for
each difference and one that counts them; the builds' journals go beside it (diff.a.jsonl, diff.b.jsonl), and so do
their recordings (--record drive.mcap writes drive.a.mcap, drive.b.mcap). A gate's file holds \`gate:\` with the fields
that differ; see config/presets.

A replay that starts midway knows nothing of what was before: signs passed, a route, what was said.

A script of utterances is checked while you type by editors that know YAML schemas, if it begins with
  # yaml-language-server: $schema=PATH/config/schemas/utterances.schema.json

Exit code: 0 done, 1 an error or a damaged log (what is readable is replayed), 2 wrong usage, or builds that differ
under --fail-on-difference, 130 interrupted (what was written is kept).`;

async function replay(
  logs: readonly string[],
  flags: ReplayFlags,
  rosArgs: readonly string[],
): Promise<void> {
  const rate = flags.rate === 'lockstep' ? undefined : Number(flags.rate);
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0)) {
    throw new CodriverError('BAD_ARGUMENT', `--rate ${flags.rate} is not a rate.`, {
      remedy: 'Give a number above 0, such as 1 or 0.5, or lockstep.',
    });
  }
  if (flags.ros === true) {
    const { publishLogs } = await import('./replay-ros.ts');
    await publishLogs(logs, flags, rate ?? 1, rosArgs);
    return;
  }
  const whatIf = flags.whatIf === undefined ? null : parseWhatIf(flags.whatIf);
  if (whatIf === null && flags.failOnDifference) {
    throw new CodriverError('BAD_ARGUMENT', '--fail-on-difference compares nothing without --what-if.', {
      remedy: 'Say which parts are replaced, such as --what-if gate=strict.',
    });
  }
  if (whatIf !== null && rate !== undefined) {
    throw new CodriverError('BAD_ARGUMENT', 'Two builds can not be compared at a rate.', {
      remedy: 'Leave --rate out: measured times differ from run to run whatever the build.',
    });
  }
  const common = {
    logs,
    range: rangeOf(flags),
    ...(rate === undefined ? {} : { rate }),
  };
  if (whatIf !== null) return compareBuilds(whatIf, common, flags);
  await replayOne(common, flags);
}

async function replayOne(common: CommonReplayOptions, flags: ReplayFlags): Promise<void> {
  const config = withModelFlags(readConfig(flags.config), flags);
  refuseOverwriting(common.logs, [flags.report, flags.json, flags.record]);
  const { replayLogs } = await import('../../sim/replay/replay.ts');
  const { ReplayOutputs } = await import('../../sim/replay/replay-outputs.ts');
  const loaded = flags.model !== false ? await loadModelOrReflexOnly(config, false) : null;
  const plates = flags.plates ? await openPlates(false) : null;
  const { signal, dispose } = interruptSignal();
  const narrator = new Narrator(flags.quiet || flags.json === '-' ? null : process.stdout);
  const line = new ReplayProgressLine();
  const { report, json, record } = flags;
  const startedMs = performance.now();
  const tiersOfRun = watchTiers(loaded?.model ?? null, config);
  try {
    const files = {
      title: '',
      ...(json === undefined ? {} : { jsonPath: json }),
      ...(record === undefined ? {} : { recordPath: record }),
      onEntry: narrator.tell,
    };
    const outputs = new ReplayOutputs([files], report === undefined ? {} : { reportPath: report });
    let result: ReplayOutcome;
    let tiers: ModelTier[] = [];
    try {
      result = await replayLogs({
        ...common,
        builds: [
          {
            config,
            model: loaded,
            plates: plates?.plates ?? null,
            journal: (entry) => outputs.write(0, entry),
          },
        ],
        signal,
        script: scriptOf(flags, outputs),
        begin: () => outputs.open(),
        ready: () => outputs.ready(),
        onMessage: (logged) => outputs.take(logged),
        onProgress: ({ doneS, totalS }) => line.update(doneS, totalS),
      });
    } finally {
      line.done();
      tiers = await tiersOfRun();
      await outputs.end(tiers);
    }
    tellOutcome(result, (performance.now() - startedMs) / 1000, { model: tiers });
    if (report !== undefined) process.stderr.write(`report: ${report}\n`);
    if (signal.aborted) process.exitCode = 130;
  } finally {
    dispose();
    await loaded?.model.close();
    await plates?.close();
  }
}
