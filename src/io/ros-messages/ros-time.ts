import { NS_PER_S, type TimeNs } from '../../domain/index.ts';

/** `builtin_interfaces/msg/Time` as decoded. */
export interface RosTime {
  readonly sec: number;
  readonly nanosec: number;
}

/**
 * A time as the decoders give it: ROS 2, ROS 1, protobuf's Timestamp (as a message, or as its JSON form, a
 * string of ISO 8601), or a Date.
 */
export type MessageTime =
  | RosTime
  | { readonly sec: number; readonly nsec: number }
  | { readonly seconds: bigint | number | string; readonly nanos: number }
  | Date
  | string;

/** A ROS time as nanoseconds. */
export function rosTimeToNs(time: RosTime): TimeNs {
  return BigInt(time.sec) * NS_PER_S + BigInt(time.nanosec);
}

/** Nanoseconds as a ROS time; seconds are 32 bits in ROS 2. */
export function nsToRosTime(ns: TimeNs): RosTime {
  return { sec: Number(ns / NS_PER_S), nanosec: Number(ns % NS_PER_S) };
}

/** Any form of time as nanoseconds; undefined for a string or Date that is none. */
export function messageTimeToNs(time: MessageTime): TimeNs | undefined {
  if (typeof time === 'string') return isoToNs(time);
  if (time instanceof Date) {
    return Number.isNaN(time.getTime()) ? undefined : BigInt(time.getTime()) * 1_000_000n;
  }
  if ('seconds' in time) return BigInt(time.seconds) * NS_PER_S + BigInt(time.nanos ?? 0);
  return BigInt(time.sec) * NS_PER_S + BigInt('nsec' in time ? time.nsec : time.nanosec);
}

/**
 * ISO 8601 with date, time and offset (`Z`, `+09:00`) as nanoseconds since 1970, to the last of up to 9
 * decimals; undefined for anything else.
 */
export function isoToNs(text: string): TimeNs | undefined {
  const found = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/i.exec(
    text.trim(),
  );
  if (found === null) return undefined;
  const [, seconds, decimals = '', offset] = found;
  const zone = offset!.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const ms = Date.parse(`${seconds!.replace(' ', 'T')}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(decimals.padEnd(9, '0'));
}

/** Further than this from the time of recording, a header's stamp comes from another clock. */
const MAX_STAMP_SKEW_NS = 10n * NS_PER_S;

/**
 * The stamp of a message: its header's where that was set and lies within 10 s of
 * the log time, else the log time.
 */
export function saneStampNs(stamp: MessageTime | undefined, logTimeNs: TimeNs): TimeNs {
  const stampNs = stamp === undefined ? undefined : messageTimeToNs(stamp);
  if (stampNs === undefined || stampNs === 0n) return logTimeNs;
  const skewNs = stampNs > logTimeNs ? stampNs - logTimeNs : logTimeNs - stampNs;
  return skewNs <= MAX_STAMP_SKEW_NS ? stampNs : logTimeNs;
}
