import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { CodriverError, type Config } from '../domain/index.ts';
import { readConfig } from './config-file.ts';
import { type AssistantFlags, addAssistantFlags, withModelFlags } from './model-flags.ts';
import { Narrator } from './narrator.ts';
import { openPlateReader } from './parts.ts';
import { ServiceManager } from './service-manager.ts';
import { interruptSignal, printError } from './terminal.ts';

interface RunFlags extends AssistantFlags {
  readonly ros?: boolean;
}

/** Signals so close together are one. */
const SAME_SIGNAL_MS = 1000;

/** So long what is on its way may still be sent. */
const LAST_WORDS_MS = 200;

/** `codriver run`. `rosArgs`: what stands from `--ros-args` on. */
export function addRun(program: Command, rosArgs: readonly string[]): void {
  const command = program
    .command('run')
    .description(
      'Runs in the car: a ROS 2 lifecycle node that hears camera, speech and signs, and asks the planner.',
    )
    .option('--ros', 'as a node of the ROS 2 graph')
    .addHelpText(
      'after',
      `
Behind --ros-args stands what ROS 2 wants to know: remappings, parameters, log levels. Topics and parameters are in
ros/codriver/README.md, the set-up in docs/ros.md.

Examples:
  codriver run --ros
  codriver run --ros --ros-args -r ~/input/image/compressed:=/sensing/camera/front/image_raw/compressed
  codriver run --ros --no-model --ros-args -p use_sim_time:=true --params-file ros/codriver/config/codriver.param.yaml

Exit code: 0 ended by Ctrl-C, SIGTERM or a lifecycle manager, 1 an error, 2 wrong usage.`,
    )
    .action(async (flags: RunFlags) => run(flags, rosArgs));
  addAssistantFlags(command);
}

async function run(flags: RunFlags, rosArgs: readonly string[]): Promise<void> {
  if (flags.ros !== true) {
    throw new CodriverError('BAD_ARGUMENT', 'There is nothing to run without --ros.', {
      remedy: 'Write `codriver run --ros`. Without ROS 2, `codriver sim street` and `codriver replay` work.',
    });
  }
  const config = withModelFlags(readConfig(flags.config), flags);
  const { cleanSharedMemory, RosContext } = await import('../io/ros/index.ts');
  const cleaned = cleanSharedMemory();
  if (cleaned.length > 0)
    process.stderr.write(`removed shared memory that killed processes left: ${cleaned.length} files\n`);
  const context = await RosContext.open(rosArgs);
  try {
    await serve(context, config, flags);
  } finally {
    context.close();
  }
}

async function serve(
  context: import('../io/ros/index.ts').RosContext,
  config: Config,
  flags: RunFlags,
): Promise<void> {
  const { CodriverNode, NODE_DEFAULTS } = await import('../io/ros/index.ts');
  const { LiveBrain } = await import('./live-brain.ts');
  const plates = flags.plates ? await openPlateReader(false) : null;
  const narrator = new Narrator(flags.quiet ? null : process.stdout);
  const systemd = new ServiceManager();
  // One Ctrl-C may come twice, from the terminal and from `ros2 launch`.
  const { signal, dispose } = interruptSignal({ notice: '', sameWithinMs: SAME_SIGNAL_MS });
  let finalized = (): void => {};
  const ended = new Promise<void>((resolve) => {
    finalized = resolve;
    signal.addEventListener('abort', () => resolve());
  });
  const brain = new LiveBrain({
    withModel: flags.model !== false,
    plates,
    onLoaded: () => node.loaded(),
  });
  const node = new CodriverNode(
    context,
    brain,
    { config, node: NODE_DEFAULTS },
    {
      onState: (state) => {
        process.stderr.write(`${node.fullName} is ${state}\n`);
        systemd.status(state);
        if (state === 'finalized') finalized();
      },
      onEntry: narrator.tell,
      onError: printError,
    },
  );
  try {
    node.start();
    systemd.ready(node.state);
    await ended;
    systemd.stopping();
    // Whoever asked by a service gets the answer first; and nothing may be closed from within a callback of ROS.
    await sleep(LAST_WORDS_MS);
  } finally {
    await node.close();
    await plates?.close();
    dispose();
  }
}
