import { CodriverError, NS_PER_S, type TimeNs } from '../../domain/index.ts';
import { isoToNs } from '../ros-messages/ros-time.ts';
import { type PacketTimes, type Ratio, scanPackets, type VideoProbe } from '../video/probe.ts';
import type { LoadedSidecar } from './video-sidecar.ts';

/** When the pictures of a video file were taken. */
export interface VideoTimeline {
  /** Of the earliest and the latest picture. */
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** How many pictures there are; null where only reading would tell. */
  readonly count: number | null;
  /** Where the times come from, for people. */
  readonly source: string;
  /** Time of a packet's picture; `index` is the packet's place in the file, where reading began at its start. */
  stampOf(packet: PacketTimes, index: number): TimeNs;
  /** Second of the file's own time to start reading at for pictures from `ns` on; undefined for its start. */
  seekSecond(ns: TimeNs): number | undefined;
}

/** openpilot's cameras; what a bare stream has where nothing says otherwise. */
export const BARE_STREAM_FPS = 20;

/** True for a bare H.264 or H.265 stream, which has no times. */
export function isBareStream(probe: VideoProbe): boolean {
  return probe.container === 'h264' || probe.container === 'hevc';
}

/** So much before a file's end its last pictures are looked for. */
const TAIL_S = 10;

/** Containers find key pictures by the time of decoding, a little before that of showing. */
const SEEK_MARGIN_S = 1;

/**
 * Finds out the times: the sidecar's, else the file's own, counted from its creation time, else from 0.
 *
 * @throws CodriverError BAD_CONFIG where the sidecar has other than one time a picture; LOG_UNREADABLE
 */
export async function videoTimeline(
  path: string,
  probe: VideoProbe,
  sidecar: LoadedSidecar,
): Promise<VideoTimeline> {
  const { startNs, origin } = startOf(probe, sidecar);
  if (sidecar.frameTimesNs === undefined && sidecar.fps === undefined && !isBareStream(probe)) {
    return await ownTimes(path, probe, startNs, `the file's own times, from ${origin}`);
  }
  const keys = await allKeys(path);
  const count = keys.length;
  const times = sidecar.frameTimesNs;
  if (times === undefined) {
    const fps = sidecar.fps ?? BARE_STREAM_FPS;
    const said = sidecar.fps === undefined ? `${fps} pictures a second assumed` : `${fps} pictures a second`;
    const timeOf = (rank: number): TimeNs => startNs + BigInt(Math.round((rank * 1e9) / fps));
    return new RankedTimeline(probe, keys, count, timeOf, `${said}, from ${origin}`);
  }
  if (times.length !== count) {
    throw new CodriverError(
      'BAD_CONFIG',
      `Sidecar ${sidecar.path} has ${times.length} frameTimes, and video ${path} has ${count} pictures.`,
      { remedy: 'Give one time for each picture.', details: { path, times: times.length, pictures: count } },
    );
  }
  return new RankedTimeline(probe, keys, count, (rank) => times[rank]!, 'frameTimes of the sidecar');
}

function startOf(probe: VideoProbe, sidecar: LoadedSidecar): { startNs: TimeNs; origin: string } {
  if (sidecar.startNs !== undefined) return { startNs: sidecar.startNs, origin: 'the start in the sidecar' };
  for (const tag of ['com.apple.quicktime.creationdate', 'creation_time']) {
    const created = isoToNs(probe.tags[tag] ?? '');
    // 1904 and 1970 are what containers say that were not told the time.
    if (created !== undefined && created > NS_PER_S * 86_400n * 365n) {
      return { startNs: created, origin: `its ${tag}, ${probe.tags[tag]}` };
    }
  }
  return { startNs: 0n, origin: '0, because nothing says when it was recorded' };
}

/** What orders a packet among the others. */
const keyOf = ({ presentation, decoding }: PacketTimes): number | null => presentation ?? decoding;

async function ownTimes(
  path: string,
  { timeBase, endS }: VideoProbe,
  startNs: TimeNs,
  source: string,
): Promise<VideoTimeline> {
  let first: number | undefined;
  let last: number | undefined;
  let count = 0;
  const look = (times: PacketTimes) => {
    count += 1;
    const key = keyOf(times);
    if (key === null) return;
    first = Math.min(first ?? key, key);
    last = Math.max(last ?? key, key);
  };
  await scanPackets(path, [], look, '%+#4');
  const head = last;
  if (endS !== undefined) {
    await scanPackets(path, [], look, `${endS - TAIL_S}%`).catch(() => undefined);
  }
  // Where the jump to the end gave nothing new, every packet is read.
  const whole = last === head;
  if (whole) {
    count = 0;
    await scanPackets(path, [], look);
  }
  if (first === undefined || last === undefined) throw noTimes(path);
  return new OwnTimeline(timeBase, startNs, first, last, whole ? count : null, source);
}

class OwnTimeline implements VideoTimeline {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly count: number | null;
  readonly source: string;
  readonly #first: number;
  readonly #tickS: number;
  readonly #timeBase: Ratio;

  constructor(
    timeBase: Ratio,
    startNs: TimeNs,
    first: number,
    last: number,
    count: number | null,
    source: string,
  ) {
    this.#timeBase = timeBase;
    this.#tickS = timeBase.numerator / timeBase.denominator;
    this.#first = first;
    this.startNs = startNs;
    this.endNs = this.#timeAt(last);
    this.count = count;
    this.source = source;
  }

  stampOf(packet: PacketTimes): TimeNs {
    return this.#timeAt(keyOf(packet) ?? this.#first);
  }

  seekSecond(ns: TimeNs): number | undefined {
    const second = Number(ns - this.startNs) / 1e9 - SEEK_MARGIN_S;
    return second > 0 ? this.#first * this.#tickS + second : undefined;
  }

  #timeAt(ticks: number): TimeNs {
    const { numerator, denominator } = this.#timeBase;
    const ns = (BigInt(ticks - this.#first) * BigInt(numerator) * NS_PER_S) / BigInt(denominator);
    // A picture before the first would have a time before the log's.
    return this.startNs + (ns > 0n ? ns : 0n);
  }
}

/** Keys of all packets, in the order of the file; null for one that has none. */
async function allKeys(path: string): Promise<(number | null)[]> {
  const keys: (number | null)[] = [];
  await scanPackets(path, [], (times) => keys.push(keyOf(times)));
  if (keys.length === 0) throw noTimes(path);
  return keys;
}

/** Times by the place of a picture in the order of showing. */
class RankedTimeline implements VideoTimeline {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly count: number;
  readonly source: string;
  readonly #timeOf: (rank: number) => TimeNs;
  readonly #tickS: number;
  /** In rising order; undefined where the file has no times, and the place in it counts. */
  readonly #keys: Float64Array | undefined;

  constructor(
    probe: VideoProbe,
    keys: readonly (number | null)[],
    count: number,
    timeOf: (rank: number) => TimeNs,
    source: string,
  ) {
    this.#timeOf = timeOf;
    this.#tickS = probe.timeBase.numerator / probe.timeBase.denominator;
    const known = keys.filter((key) => key !== null);
    const useful = known.length === count && !isBareStream(probe);
    this.#keys = useful ? Float64Array.from(known).sort() : undefined;
    this.count = count;
    this.startNs = timeOf(0);
    this.endNs = timeOf(count - 1);
    this.source = source;
  }

  stampOf(packet: PacketTimes, index: number): TimeNs {
    const rank = this.#keys === undefined ? index : lowerBound(this.#keys, keyOf(packet) ?? 0);
    return this.#timeOf(Math.min(rank, this.count - 1));
  }

  seekSecond(ns: TimeNs): number | undefined {
    if (this.#keys === undefined) return undefined;
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timeOf(middle) < ns) low = middle + 1;
      else high = middle;
    }
    const [first, key] = [this.#keys[0]!, this.#keys[Math.max(0, low - 1)]!];
    const second = key * this.#tickS - SEEK_MARGIN_S;
    return second > first * this.#tickS ? second : undefined;
  }
}

/** How many of the sorted values are less. */
function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function noTimes(path: string): CodriverError {
  return new CodriverError('LOG_UNREADABLE', `Video ${path} has no packets with times.`, {
    remedy: 'Write a sidecar with fps or frameTimes; docs/logs.md has the fields.',
    details: { path },
  });
}
