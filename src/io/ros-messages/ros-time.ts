import { NS_PER_S, type TimeNs } from '../../domain/index.ts';

/** `builtin_interfaces/msg/Time` as decoded. */
export interface RosTime {
  readonly sec: number;
  readonly nanosec: number;
}

/** A ROS time as nanoseconds. */
export function rosTimeToNs(time: RosTime): TimeNs {
  return BigInt(time.sec) * NS_PER_S + BigInt(time.nanosec);
}

/** Nanoseconds as a ROS time; seconds are 32 bits in ROS 2. */
export function nsToRosTime(ns: TimeNs): RosTime {
  return { sec: Number(ns / NS_PER_S), nanosec: Number(ns % NS_PER_S) };
}

/** Further than this from the time of recording, a header's stamp comes from another clock. */
const MAX_STAMP_SKEW_NS = 10n * NS_PER_S;

/**
 * The stamp of a message: its header's where that was set and lies within 10 s of
 * the log time, else the log time.
 */
export function saneStampNs(stamp: RosTime | undefined, logTimeNs: TimeNs): TimeNs {
  if (stamp === undefined || (stamp.sec === 0 && stamp.nanosec === 0)) return logTimeNs;
  const stampNs = rosTimeToNs(stamp);
  const skewNs = stampNs > logTimeNs ? stampNs - logTimeNs : logTimeNs - stampNs;
  return skewNs <= MAX_STAMP_SKEW_NS ? stampNs : logTimeNs;
}
