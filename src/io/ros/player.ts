import { setTimeout as sleep } from 'node:timers/promises';
import { nsToSeconds, type TimeNs } from '../../domain/index.ts';
import { fullTypeName } from '../log/decoding/type-names.ts';
import { mergeByTime } from '../log/merge.ts';
import type { Damage, RawChannel, RawLog, RawMessage } from '../log/raw-log.ts';
import { encodeRos } from '../ros-messages/encode.ts';
import { nsToRosTime } from '../ros-messages/ros-time.ts';
import type { RosNode, Voice } from './ros-node.ts';
import type { Qos } from './topics.ts';

/** Wall milliseconds between two messages on `/clock`. */
const CLOCK_MS = 10;

/** Subscribers come in groups: no new one for so long, and all are there. */
const SETTLED_MS = 500;

/** So long the last messages get to arrive before the publishers end. */
const LINGER_MS = 500;

/** Reaches subscribers that want reliability and such that do not. */
const PLAYED: Qos = { reliability: 'reliable', durability: 'volatile', depth: 100 };
const LATCHED: Qos = { reliability: 'reliable', durability: 'transient_local', depth: 1 };
const CLOCK: Qos = { reliability: 'reliable', durability: 'volatile', depth: 1 };

export interface PlayOptions {
  readonly node: RosNode;
  readonly logs: readonly RawLog[];
  /** First and last log time. */
  readonly fromNs: TimeNs;
  readonly toNs: TimeNs;
  /** Log seconds a wall second. */
  readonly rate: number;
  /** So long it waits for subscribers; then it plays to whoever is there. */
  readonly waitS: number;
  readonly signal: AbortSignal;
  /** A topic that can't be published, and why. */
  readonly onLeftOut: (topic: string, why: string) => void;
  readonly onWaiting: () => void;
  readonly onProgress: (doneS: number, totalS: number) => void;
  readonly onDamage: (damage: Damage, log: RawLog) => void;
}

export interface Played {
  readonly messages: number;
  readonly topics: number;
  /** Whether anybody listened when it began. */
  readonly heard: boolean;
}

/**
 * Publishes logs on the graph in their own time, with `/clock`: each message with the bytes it was recorded with. Types
 * that are not installed and encodings other than CDR are left out, told of.
 */
export async function playLogs(options: PlayOptions): Promise<Played> {
  const { node, logs, toNs, signal } = options;
  const voices = openVoices(options);
  const clock = node.speak('/clock', 'rosgraph_msgs/msg/Clock', CLOCK);
  try {
    const heard = await waitForSubscribers([...new Set(voices.values())], options);
    const timer = new Timer(clock, options);
    let messages = 0;
    for await (const message of mergeByTime(logs.map((log) => messagesOf(log, voices, options)))) {
      await timer.until(message.logTimeNs);
      if (signal.aborted) break;
      voices.get(message.channel)?.publish(message.data);
      messages += 1;
    }
    if (!signal.aborted) await timer.until(toNs);
    await sleep(LINGER_MS);
    return { messages, topics: new Set(voices.values()).size, heard };
  } finally {
    for (const voice of new Set(voices.values())) voice.close();
    clock.close();
  }
}

function openVoices({ node, logs, onLeftOut }: PlayOptions): Map<RawChannel, Voice> {
  const byTopic = new Map<string, Voice | null>();
  const voices = new Map<RawChannel, Voice>();
  for (const channel of logs.flatMap((log) => log.channels)) {
    const { topic, messageEncoding } = channel;
    const type = fullTypeName(channel.schemaName);
    if (topic === '/clock') continue;
    const key = `${topic}\n${type}`;
    if (!byTopic.has(key)) {
      if (messageEncoding !== 'cdr') {
        onLeftOut(topic, `its messages are ${messageEncoding || 'of no known encoding'}, not CDR`);
        byTopic.set(key, null);
      } else byTopic.set(key, speak(node, channel, type, onLeftOut));
    }
    const voice = byTopic.get(key);
    if (voice) voices.set(channel, voice);
  }
  return voices;
}

function speak(
  node: RosNode,
  { topic, metadata }: RawChannel,
  type: string,
  onLeftOut: PlayOptions['onLeftOut'],
): Voice | null {
  // rosbag2 writes numbers before Iron, and words since: RMW's 1 is transient local.
  const latched = /durability: (1|transient_local)\b/.test(metadata.get('offered_qos_profiles') ?? '');
  try {
    return node.speak(topic, type, latched ? LATCHED : PLAYED);
  } catch (error) {
    onLeftOut(topic, (error as Error).message);
    return null;
  }
}

async function* messagesOf(
  log: RawLog,
  voices: ReadonlyMap<RawChannel, Voice>,
  { fromNs, toNs, onDamage }: PlayOptions,
): AsyncGenerator<RawMessage> {
  const channelIds = new Set(log.channels.filter((channel) => voices.has(channel)).map(({ id }) => id));
  for (const damage of log.damages) onDamage(damage, log);
  if (channelIds.size === 0) return;
  yield* log.messages({ channelIds, fromNs, toNs, onDamage: (damage) => onDamage(damage, log) });
}

async function waitForSubscribers(
  voices: readonly Voice[],
  { waitS, signal, onWaiting }: PlayOptions,
): Promise<boolean> {
  const startMs = performance.now();
  let count = 0;
  let sinceMs = startMs;
  let told = false;
  while (!signal.aborted && performance.now() - startMs < waitS * 1000) {
    const now = voices.reduce((sum, voice) => sum + voice.subscriberCount(), 0);
    if (now !== count) {
      count = now;
      sinceMs = performance.now();
    }
    if (count > 0 && performance.now() - sinceMs >= SETTLED_MS) return true;
    if (!told && performance.now() - startMs > 2 * SETTLED_MS && count === 0) {
      told = true;
      onWaiting();
    }
    await sleep(20);
  }
  return count > 0;
}

/** Lets log time pass as wall time does, and says it on `/clock`. */
class Timer {
  readonly #clock: Voice;
  readonly #options: PlayOptions;
  readonly #startMs = performance.now();
  #saidMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Voice, options: PlayOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Resolves when log time has come to `ns`, or the play is given up. */
  async until(ns: TimeNs): Promise<void> {
    const { fromNs, rate, signal } = this.#options;
    for (;;) {
      const elapsedS = ((performance.now() - this.#startMs) / 1000) * rate;
      const leftS = nsToSeconds(ns - fromNs) - elapsedS;
      if (leftS <= 0 || signal.aborted) {
        this.#say(ns);
        return;
      }
      this.#say(fromNs + BigInt(Math.round(elapsedS * 1e9)));
      await sleep(Math.min(CLOCK_MS, (leftS / rate) * 1000));
    }
  }

  #say(ns: TimeNs): void {
    const nowMs = performance.now();
    if (nowMs - this.#saidMs < CLOCK_MS / 2) return;
    this.#saidMs = nowMs;
    this.#clock.publish(encodeRos({ type: 'rosgraph_msgs/msg/Clock', message: { clock: nsToRosTime(ns) } }));
    const { fromNs, toNs, onProgress } = this.#options;
    onProgress(nsToSeconds(ns - fromNs), nsToSeconds(toNs - fromNs));
  }
}
