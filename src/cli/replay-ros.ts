import { CodriverError } from '../domain/index.ts';
import type { Damage, RawLog } from '../io/log/raw-log.ts';
import type { ReplayFlags } from './replay-common.ts';
import { ReplayProgressLine } from './replay-progress.ts';
import { rangeOf, spanOf } from './replay-range.ts';
import { interruptSignal, printError } from './terminal.ts';

/** `codriver replay --ros`: publishes logs on the graph. Errors: as opening logs; ROS_NOT_SET_UP; BAD_ARGUMENT. */
export async function publishLogs(
  locations: readonly string[],
  flags: ReplayFlags,
  rate: number,
  rosArgs: readonly string[],
): Promise<void> {
  const waitS = Number(flags.wait);
  if (!(waitS >= 0)) {
    throw new CodriverError('BAD_ARGUMENT', `--wait ${flags.wait} is not a time.`, {
      remedy: 'Give seconds, 0 for not at all.',
    });
  }
  const { openRawLog } = await import('../io/log/open-raw-log.ts');
  const { playLogs, RosContext, RosNode } = await import('../io/ros/index.ts');
  const logs: RawLog[] = [];
  const { signal, dispose } = interruptSignal();
  const line = new ReplayProgressLine();
  try {
    for (const location of locations) logs.push(await openRawLog(location, { signal }));
    const { startNs: fromNs, endNs: toNs } = rangeOf(flags)(spanOf(logs));
    const context = await RosContext.open(rosArgs);
    try {
      const node = RosNode.create(context, 'codriver_player');
      node.spin();
      const played = await playLogs({
        node,
        logs,
        fromNs,
        toNs,
        rate,
        waitS,
        signal,
        onLeftOut: (topic, why) => process.stderr.write(`left out ${topic}: ${why}\n`),
        onWaiting: () => process.stderr.write('waiting for subscribers …\n'),
        onProgress: (doneS, totalS) => line.update(doneS, totalS),
        onDamage: (damage, log) => tellDamage(damage, log),
      });
      line.done();
      if (!played.heard) process.stderr.write('Nobody had subscribed when it began.\n');
      process.stderr.write(`${played.messages} messages of ${played.topics} topics published\n`);
      if (signal.aborted) process.exitCode = 130;
    } finally {
      context.close();
    }
  } finally {
    line.done();
    dispose();
    for (const log of logs) await log.close();
  }
}

/** What can't be read is told; the rest is published. */
function tellDamage({ offset, why, file }: Damage, log: RawLog): void {
  const place = offset === null ? '' : ` at byte ${offset}`;
  printError(
    new CodriverError('LOG_UNREADABLE', `Log ${file ?? log.path} is damaged${place}: ${why}.`, {
      remedy: 'What could be read is published; repair the log with `mcap recover`.',
    }),
  );
  process.exitCode = 1;
}
