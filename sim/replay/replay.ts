import { setTimeout } from 'node:timers/promises';
import {
  type CodriverError,
  type Config,
  type Metrics,
  nsToSeconds,
  type TimeNs,
  type Utterance,
} from '../../src/domain/index.ts';
import type { LogMessage } from '../../src/io/log/drive-log.ts';
import { Build, type BuildOptions } from './build.ts';
import { openPass, type Pass, type Span } from './pass.ts';
import { decodeForAll } from './shared-parts.ts';

/** A replay of one or more logs, open-loop, through one or more builds. */
export interface ReplayOptions {
  /** Paths; several are merged by time. */
  readonly logs: readonly string[];
  /** The builds; each sees every message at the same moment. */
  readonly builds: readonly BuildOptions[];
  /** Which part to replay, given the times of the logs; all by default. */
  readonly range?: (logs: Span) => Span;
  /** Utterances to speak into the logs, given their times; those outside the range are not spoken. */
  readonly script?: (logs: Span) => Utterance[];
  /** Awaited once the logs are open, the range and the script found good: the moment to open files. */
  readonly begin?: () => Promise<void>;
  /** Seconds of log a second of wall time; undefined is lockstep: as fast as it goes, the same bytes every time. */
  readonly rate?: number;
  readonly signal?: AbortSignal;
  /** Told where the replay stands, after every message. */
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Awaited after every message, as it was recorded; for thumbnails and recordings. */
  readonly onMessage?: (logged: LogMessage) => Promise<void>;
  /** Awaited before every message: keeps the replay from running away from what writes its results. */
  readonly ready?: () => Promise<void>;
  readonly metrics?: Metrics;
}

/** Where a replay stands. */
export interface ReplayProgress {
  readonly messages: number;
  /** Seconds of log replayed, and to replay in all. */
  readonly doneS: number;
  readonly totalS: number;
  readonly nowNs: TimeNs;
}

/** How a replay ended. */
export interface ReplayResult {
  readonly messages: number;
  /** Seconds of log that were replayed; less than the span where it was given up. */
  readonly logSeconds: number;
  /** What was to be replayed. */
  readonly span: Span;
  /** Broken messages that were left out. */
  readonly badMessages: number;
  /** Topics that a build reads; 0: none of the logs' topics has a role. */
  readonly readTopics: number;
  /** Utterances of the script that lie outside the range. */
  readonly unspoken: number;
  /** What was wrong with the logs, where they are damaged; everything readable was replayed. */
  readonly damages: readonly CodriverError[];
}

/**
 * Replays logs through builds, in one pass: the logs are read once, and each picture is decoded once. A build's
 * journal is the same, byte for byte, whatever runs beside it. The planner is a labelled shadow that never enters
 * the scene.
 *
 * @throws CodriverError BAD_ARGUMENT for a log named twice, and whatever opening the logs, `range` and `script` throw
 */
export async function replayLogs(options: ReplayOptions): Promise<ReplayResult> {
  const damages: CodriverError[] = [];
  let builds: readonly Build[] = [];
  let badMessages = 0;
  const { signal } = options;
  const pass = await openPass(options.logs, options.builds.map(topicsOf), {
    ...(signal === undefined ? {} : { signal }),
    onDamage: (error) => void damages.push(error),
    onBadMessage: (error, readers) => {
      badMessages++;
      for (const index of readers) builds[index]?.onBadMessage(error);
    },
  });
  try {
    const logs = { startNs: pass.startNs, endNs: pass.endNs };
    const span = options.range?.(logs) ?? logs;
    const script = options.script?.(logs) ?? [];
    const spoken = script.filter(({ stampNs }) => stampNs >= span.startNs && stampNs <= span.endNs);
    const setting = {
      startNs: span.startNs,
      title: titleOf(options.logs),
      mode: options.rate === undefined ? 'LOCKSTEP' : 'LIVE',
      script: spoken,
      ...pacer(options, span.startNs),
      ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    } as const;
    await options.begin?.();
    builds = options.builds.map((build) => new Build(build, setting));
    let driven = { messages: 0, untilNs: span.startNs };
    try {
      driven = await drive(pass, span, builds, options);
      for (const build of builds) for (const damage of damages) build.onDamage(damage);
    } finally {
      for (const build of builds) build.close();
    }
    const { messages, untilNs } = driven;
    const logSeconds = nsToSeconds(untilNs - span.startNs);
    const unspoken = script.length - spoken.length;
    const { readTopics } = pass;
    return { messages, readTopics, badMessages, logSeconds, span, unspoken, damages };
  } finally {
    await pass.close();
  }
}

const topicsOf = ({ config }: { readonly config: Config }): Config['topics'] => config.topics;

function titleOf(logs: readonly string[]): string {
  const name = logs[0]?.split('/').findLast((part) => part !== '') ?? '';
  return logs.length > 1 ? `${name} + ${logs.length - 1} more` : name;
}

/** Hands the messages to the builds; returns how many there were, and how far it came. */
async function drive(
  pass: Pass,
  span: Span,
  builds: readonly Build[],
  options: ReplayOptions,
): Promise<{ messages: number; untilNs: TimeNs }> {
  const { signal, ready, onMessage, onProgress } = options;
  let messages = 0;
  let untilNs = span.startNs;
  for await (const { message: logged, readers } of untilAborted(pass.messages(span), signal)) {
    await ready?.();
    const { message, logTimeNs } = logged;
    const shared =
      message.kind === 'frame' && readers.length > 1
        ? { ...message, frame: await decodeForAll(message.frame) }
        : message;
    // A build moves only with its own messages, so that it sees the same moments as it would alone.
    for (const index of readers) {
      await builds[index]?.advanceTo(logTimeNs);
      await builds[index]?.take(shared);
    }
    if (readers.includes(0)) await onMessage?.(logged);
    messages++;
    untilNs = logTimeNs;
    onProgress?.({
      messages,
      doneS: nsToSeconds(logTimeNs - span.startNs),
      totalS: nsToSeconds(span.endNs - span.startNs),
      nowNs: logTimeNs,
    });
  }
  if (signal?.aborted) return { messages, untilNs };
  for (const build of builds) await build.finish(span.endNs);
  return { messages, untilNs: span.endNs };
}

/** Ends quietly where it is given up; what was read until then counts. */
async function* untilAborted<T>(messages: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  try {
    for await (const message of messages) {
      if (signal?.aborted) return;
      yield message;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Waits, at a rate, until the wall clock has come as far as the log's. */
function pacer({ rate, signal }: ReplayOptions, startNs: TimeNs): { pace?: (ns: TimeNs) => Promise<void> } {
  if (rate === undefined) return {};
  const wallStartMs = performance.now();
  return {
    async pace(ns) {
      const dueMs = (nsToSeconds(ns - startNs) * 1000) / rate;
      const waitMs = dueMs - (performance.now() - wallStartMs);
      if (waitMs > 1) await waitFor(waitMs, signal);
    },
  };
}

/** Waits; an abort ends the wait at once. */
async function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
