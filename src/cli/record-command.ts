import type { Command } from 'commander';
import { CodriverError } from '../domain/index.ts';
import { interruptSignal } from './terminal.ts';

interface RecordFlags {
  readonly of: string;
  readonly topic: readonly string[];
  readonly seconds?: string;
  readonly quiet?: boolean;
}

/** How long the graph is given to show the node before that is told. */
const TELL_AFTER_MS = 3000;

/** `codriver record`. */
export function addRecord(program: Command, rosArgs: readonly string[]): void {
  program
    .command('record')
    .description(
      'Records what a running codriver node hears and says, as it was sent: an MCAP or a rosbag2 folder.',
    )
    .argument('<folder|file.mcap>', 'where to record to')
    .option('--of <node>', 'the node, with its namespace', '/codriver')
    .option('--topic <name>', 'another topic; may be given several times', collect, [])
    .option('--seconds <s>', 'end after so long; default: when it is interrupted')
    .option('--quiet', 'do not print what is recorded')
    .addHelpText(
      'after',
      `
Examples:
  codriver record drive.mcap
  codriver record drive --of /car/codriver --topic /tf --seconds 60
  codriver record sim.mcap --ros-args -p use_sim_time:=true

Exit code: 0 done or interrupted, 1 an error (what was recorded is kept), 2 wrong usage.`,
    )
    .action(async (location: string, flags: RecordFlags) => record(location, flags, rosArgs));
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

async function record(location: string, flags: RecordFlags, rosArgs: readonly string[]): Promise<void> {
  const seconds = flags.seconds === undefined ? undefined : Number(flags.seconds);
  if (seconds !== undefined && !(seconds > 0)) {
    throw new CodriverError('BAD_ARGUMENT', `--seconds ${flags.seconds} is not a time.`, {
      remedy: 'Give a number above 0.',
    });
  }
  const { Recorder, RosContext, RosNode } = await import('../io/ros/index.ts');
  const { refuseUsedFolder } = await import('../io/log/recording.ts');
  await refuseUsedFolder(location);
  const context = await RosContext.open(rosArgs);
  const { signal, dispose } = interruptSignal();
  const say = (text: string): void => void (flags.quiet || process.stderr.write(`${text}\n`));
  let failure: CodriverError | undefined;
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  try {
    const node = RosNode.create(context, 'codriver_recorder');
    node.spin();
    const recorder = await Recorder.open({
      node,
      location,
      of: flags.of.startsWith('/') ? flags.of : `/${flags.of}`,
      topics: flags.topic,
      nowNs: () => node.native.getClock().now().nanoseconds,
      onTopic: (topic, type) => say(`recording ${topic} (${type})`),
      onLeftOut: (topic, why) => say(`left out ${topic}: ${why}`),
      onFailure: (error) => {
        failure = error;
        stop();
      },
    });
    const hint = setTimeout(() => {
      if (recorder.topics === 0) say(`waiting for ${flags.of}; start it with \`codriver run --ros\``);
    }, TELL_AFTER_MS);
    const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000);
    signal.addEventListener('abort', stop);
    await stopped;
    clearTimeout(hint);
    clearTimeout(timer);
    await recorder.close();
    const lost = recorder.lost === 0 ? '' : `, ${recorder.lost} lost`;
    process.stderr.write(
      `${recorder.messages} messages of ${recorder.topics} topics in ${location}${lost}\n`,
    );
    if (failure !== undefined) throw failure;
  } finally {
    dispose();
    context.close();
  }
}
