import type { TimeNs } from '../../domain/index.ts';
import { ChannelPlan } from './copy-channels.ts';
import { findContext, type LogContext, NO_CONTEXT } from './copy-context.ts';
import { mergeByTime } from './merge.ts';
import type { Damage, RawLog, RawMessage } from './raw-log.ts';
import type { RawWriter } from './raw-writer.ts';

export interface CopyOptions {
  /** Names of topics; `*` stands for any characters. Default: all. */
  readonly topics?: readonly string[];
  /** First and last log time, both included. Default: all. */
  readonly fromNs?: TimeNs;
  readonly toNs?: TimeNs;
  /**
   * With `fromNs`, what is needed from before it as well: the last message of every latched topic, put at
   * `fromNs`, and of every video topic the packets since the key picture. Default: false.
   */
  readonly withContext?: boolean;
  /** Put before the topics of each input, in their order; empty is none. */
  readonly prefixes?: readonly string[];
  /** Ends the copy between two messages. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number, messages: number) => void;
}

/** What was copied. */
export interface CopyResult {
  readonly messages: number;
  /** Of the messages alone. */
  readonly dataBytes: number;
  /** Of the messages, those from before `fromNs`. */
  readonly contextMessages: number;
  /** What could not be read of the inputs. */
  readonly damages: readonly Damage[];
  /** Topics that got another name because theirs was taken by another type. */
  readonly renamed: ReadonlyMap<string, string>;
  /** True where the signal ended it. */
  readonly aborted: boolean;
}

interface Copied {
  readonly logTimeNs: TimeNs;
  readonly message: RawMessage;
  /** The writer's channel. */
  readonly target: number;
  readonly isContext: boolean;
}

/**
 * Copies logs of any format into one, by log time; the inputs and the writer stay open. Topics of several
 * inputs that agree in name, type and definition become one; where the type differs, the later one gets
 * `_2`, `_3` … behind its name.
 *
 * @throws CodriverError NOT_FOUND for a topic that no input has; DISK_FULL or LOG_WRITE_FAILED
 */
export async function copyLogs(
  inputs: readonly RawLog[],
  writer: RawWriter,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const { signal, fromNs } = options;
  const damages: Damage[] = [];
  const plan = new ChannelPlan(writer, inputs, options.topics);
  const streams: AsyncIterable<Copied>[] = [];
  for (const [index, log] of inputs.entries()) {
    damages.push(...log.damages.map((damage) => ({ file: log.path, ...damage })));
    const targets = plan.targetsOf(log, options.prefixes?.[index] ?? '');
    const context =
      options.withContext === true && fromNs !== undefined
        ? await findContext(log, new Set(targets.keys()), fromNs)
        : NO_CONTEXT;
    // Before the log's own messages, since equal times keep the order of the streams.
    if (context.latched.length > 0) streams.push(latchedMessages(context, targets));
    const onDamage = (damage: Damage): void => void damages.push({ file: log.path, ...damage });
    streams.push(messagesOf(log, targets, context, options, onDamage));
  }
  const counts = { messages: 0, dataBytes: 0, contextMessages: 0 };
  const fractionAt = progressOf(inputs, options);
  for await (const { target, message, logTimeNs, isContext } of mergeByTime(streams)) {
    if (signal?.aborted === true) break;
    await writer.write(target, message, logTimeNs);
    counts.messages += 1;
    counts.dataBytes += message.data.length;
    if (isContext) counts.contextMessages += 1;
    options.onProgress?.(fractionAt(logTimeNs), counts.messages);
  }
  return { ...counts, damages, renamed: plan.renamed, aborted: signal?.aborted === true };
}

async function* latchedMessages(
  { latched, atNs }: LogContext,
  targets: ReadonlyMap<number, number>,
): AsyncGenerator<Copied> {
  for (const message of latched) {
    yield { logTimeNs: atNs, message, target: targets.get(message.channel.id)!, isContext: true };
  }
}

async function* messagesOf(
  log: RawLog,
  targets: ReadonlyMap<number, number>,
  { videoFromNs }: LogContext,
  { fromNs, toNs }: CopyOptions,
  onDamage: (damage: Damage) => void,
): AsyncGenerator<Copied> {
  let earliestNs = fromNs;
  for (const ns of videoFromNs.values()) if (earliestNs !== undefined && ns < earliestNs) earliestNs = ns;
  const messages = log.messages({
    channelIds: new Set(targets.keys()),
    onDamage,
    ...(earliestNs === undefined ? {} : { fromNs: earliestNs }),
    ...(toNs === undefined ? {} : { toNs }),
  });
  for await (const message of messages) {
    const { logTimeNs, channel } = message;
    const isContext = fromNs !== undefined && logTimeNs < fromNs;
    if (isContext && logTimeNs < (videoFromNs.get(channel.id) ?? fromNs)) continue;
    yield { logTimeNs, message, target: targets.get(channel.id)!, isContext };
  }
}

/** How far a log time is through what is copied, 0 to 1. */
function progressOf(inputs: readonly RawLog[], options: CopyOptions): (ns: TimeNs) => number {
  const filled = inputs.filter((log) => log.endNs > 0n);
  let startNs = options.fromNs ?? filled[0]?.startNs ?? 0n;
  let endNs = options.toNs ?? 0n;
  for (const log of filled) {
    if (options.fromNs === undefined && log.startNs < startNs) startNs = log.startNs;
    if (options.toNs === undefined && log.endNs > endNs) endNs = log.endNs;
  }
  const spanNs = endNs > startNs ? endNs - startNs : 1n;
  return (ns) => Math.min(1, Math.max(0, Number(((ns - startNs) * 1000n) / spanNs) / 1000));
}
