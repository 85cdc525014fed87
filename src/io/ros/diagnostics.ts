import { nsToSeconds, type TimeNs } from '../../domain/index.ts';
import { nsToRosTime } from '../ros-messages/ros-time.ts';
import type { RosMessageOut } from '../ros-messages/to-ros.ts';

/** `diagnostic_msgs/msg/DiagnosticStatus`. */
export const LEVELS = { OK: 0, WARN: 1, ERROR: 2, STALE: 3 } as const;
export type Level = keyof typeof LEVELS;

/** One part of codriver, as `/diagnostics` shows it. */
export interface PartStatus {
  readonly part: 'camera' | 'speech' | 'signs' | 'model' | 'planner';
  readonly level: Level;
  readonly message: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** What is known of one input. */
export interface InputReport {
  readonly topic: string;
  readonly publishers: number;
  /** When a message came last. */
  readonly lastNs: TimeNs | undefined;
  readonly rateHz: number;
  /** From callback to dealt with, 99 of 100 messages, ms. */
  readonly p99Ms: number;
  readonly received: number;
  readonly dropped: number;
  readonly lost: number;
  readonly bad: number;
  /** What is wrong now with what comes in. */
  readonly fault?: string | undefined;
  /** Of a publisher whose QoS does not fit. */
  readonly incompatibleQos?: string | undefined;
  /** Dropped or lost since the report before. */
  readonly recentlyMissed: number;
}

/**
 * How an input is that must go on without a pause (camera, signs), or that comes when it comes (`timeoutS` undefined:
 * speech). The topics of one part are judged together: one that is well is enough.
 */
export function inputStatus(
  part: PartStatus['part'],
  inputs: readonly InputReport[],
  nowNs: TimeNs,
  timeoutS: number | undefined,
): PartStatus {
  const judged = inputs.map((input) => ({ input, ...judge(input, nowNs, timeoutS) }));
  const used = judged.filter(({ input }) => input.publishers > 0 || input.lastNs !== undefined);
  const shown = used.length > 0 ? used : judged;
  const worst = shown.reduce((a, b) => (SEVERITY.indexOf(b.level) > SEVERITY.indexOf(a.level) ? b : a));
  return {
    part,
    level: worst.level,
    message: worst.message,
    values: Object.assign({}, ...shown.map(({ input }) => valuesOf(input, nowNs))),
  };
}

/** From well to bad: what breaks counts for more than what is silent. */
const SEVERITY: readonly Level[] = ['OK', 'WARN', 'STALE', 'ERROR'];

function judge(
  input: InputReport,
  nowNs: TimeNs,
  timeoutS: number | undefined,
): { level: Level; message: string } {
  const { topic, publishers, lastNs, incompatibleQos, fault, recentlyMissed } = input;
  if (incompatibleQos !== undefined && lastNs === undefined)
    return { level: 'ERROR', message: `${topic}: a publisher offers another ${incompatibleQos}` };
  const ageS = lastNs === undefined ? undefined : nsToSeconds(nowNs - lastNs);
  if (publishers === 0)
    return {
      level: 'STALE',
      message: lastNs === undefined ? `nobody publishes ${topic}` : `${topic}: the publisher is gone`,
    };
  if (timeoutS !== undefined && (ageS === undefined || ageS > timeoutS)) {
    const since = ageS === undefined ? 'yet' : `for ${ageS.toFixed(1)} s`;
    return { level: 'STALE', message: `${topic}: nothing has come ${since}` };
  }
  if (fault !== undefined) return { level: 'WARN', message: fault };
  if (incompatibleQos !== undefined)
    return { level: 'WARN', message: `${topic}: another publisher offers another ${incompatibleQos}` };
  if (recentlyMissed > 0)
    return { level: 'WARN', message: `${topic}: ${recentlyMissed} messages missed in the last second` };
  return { level: 'OK', message: 'OK' };
}

function valuesOf(input: InputReport, nowNs: TimeNs): Record<string, string | number> {
  const { topic, publishers, lastNs, rateHz, p99Ms, received, dropped, lost, bad } = input;
  const age = lastNs === undefined ? 'none' : nsToSeconds(nowNs - lastNs).toFixed(3);
  return {
    [`${topic} publishers`]: publishers,
    [`${topic} rate [Hz]`]: rateHz.toFixed(1),
    [`${topic} age [s]`]: age,
    [`${topic} p99 [ms]`]: Number.isNaN(p99Ms) ? 'none' : p99Ms.toFixed(2),
    [`${topic} received`]: received,
    [`${topic} dropped`]: dropped,
    [`${topic} lost`]: lost,
    [`${topic} bad`]: bad,
  };
}

/** Statuses as the message on `/diagnostics`. */
export function diagnosticArray(
  node: string,
  hardwareId: string,
  parts: readonly PartStatus[],
  nowNs: TimeNs,
): RosMessageOut {
  return {
    type: 'diagnostic_msgs/msg/DiagnosticArray',
    message: {
      header: { stamp: nsToRosTime(nowNs), frame_id: '' },
      status: parts.map(({ part, level, message, values }) => ({
        level: LEVELS[level],
        name: `${node}: ${part}`,
        message,
        hardware_id: hardwareId,
        values: Object.entries(values).map(([key, value]) => ({ key, value: String(value) })),
      })),
    },
  };
}
