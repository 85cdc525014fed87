import { NS_PER_S, type TimeNs } from '../../domain/index.ts';
import type { RawChannel, RawLog, RawMessage } from './raw-log.ts';
import { packetKinds } from './video-key.ts';

/** What a part of a log needs from before it begins. */
export interface LogContext {
  /** When the part begins. */
  readonly atNs: TimeNs;
  /** The last message of each latched channel before that. */
  readonly latched: readonly RawMessage[];
  /** By video channel: the log time of the key picture that the part's first picture builds on. */
  readonly videoFromNs: ReadonlyMap<number, TimeNs>;
}

export const NO_CONTEXT: LogContext = { atNs: 0n, latched: [], videoFromNs: new Map() };

/** Key pictures are a few seconds apart at most; the search goes back in steps that double. */
const FIRST_STEP_NS = 2n * NS_PER_S;

/** Finds what of the channels `ids` the messages from `fromNs` on need. */
export async function findContext(
  log: RawLog,
  ids: ReadonlySet<number>,
  fromNs: TimeNs,
): Promise<LogContext> {
  const channels = log.channels.filter((channel) => ids.has(channel.id));
  const videoFromNs = new Map<number, TimeNs>();
  for (const channel of channels) {
    const keyNs = await lastKey(log, channel, fromNs);
    if (keyNs !== null) videoFromNs.set(channel.id, keyNs);
  }
  const latched = await lastOf(log, channels.filter(isLatched), fromNs);
  return { atNs: fromNs, latched, videoFromNs };
}

/**
 * True where subscribers that come late get the last message: ROS 1's latching, ROS 2's transient local
 * durability (by name, or rmw's number 1), and static transforms, which are by definition.
 */
function isLatched({ metadata, topic }: RawChannel): boolean {
  const latching = metadata.get('latching');
  if (latching === '1' || latching === 'true') return true;
  if (topic === '/tf_static' || topic.endsWith('/tf_static')) return true;
  return /\bdurability:\s*(1|transient_local)\b/.test(metadata.get('offered_qos_profiles') ?? '');
}

async function lastOf(log: RawLog, channels: readonly RawChannel[], fromNs: TimeNs): Promise<RawMessage[]> {
  if (channels.length === 0 || fromNs <= log.startNs) return [];
  const last = new Map<number, RawMessage>();
  const channelIds = new Set(channels.map((channel) => channel.id));
  for await (const message of log.messages({ channelIds, toNs: fromNs - 1n })) {
    last.set(message.channel.id, { ...message, data: message.data.slice() });
  }
  return [...last.values()];
}

/**
 * Log time of the last key picture up to `fromNs`, or of the parameters that came just before it; null for
 * no video, or none before.
 */
async function lastKey(log: RawLog, channel: RawChannel, fromNs: TimeNs): Promise<TimeNs | null> {
  const kindOf = packetKinds(channel);
  if (kindOf === null) return null;
  let toNs = fromNs;
  for (let stepNs = FIRST_STEP_NS; toNs >= log.startNs; stepNs *= 2n) {
    let found: TimeNs | null = null;
    let parametersNs: TimeNs | null = null;
    for await (const message of log.messages({
      channelIds: new Set([channel.id]),
      fromNs: toNs - stepNs,
      toNs,
    })) {
      const kind = kindOf(message);
      if (kind === 'key') found = parametersNs ?? message.logTimeNs;
      parametersNs = kind === 'parameters' ? (parametersNs ?? message.logTimeNs) : null;
    }
    if (found !== null) return found;
    toNs -= stepNs + 1n;
  }
  return null;
}
