import type { Action, Maneuver, Reason } from '../domain/index.ts';
import { kmhToMps } from '../law/index.ts';
import type { ActionContext } from './action-context.ts';
import { presentSpeedMps } from './caution.ts';
import type { Finding } from './finding.ts';
import { SPEED_STEP_MPS, speedToMps } from './units.ts';

type SetSpeed = Extract<Action, { kind: 'SET_SPEED' }>;

/** Spoken and mapped limits rarely agree to the last digit; below this they are the same, m/s. */
const SAME_MPS = 0.1;

/** The lower of the law's limit and the vehicle's, with what to say when it binds. */
function cap(context: ActionContext) {
  const { law, config } = context;
  const vehicleMps = kmhToMps(config.vehicle.maxSpeedKmh);
  return law.limitMps !== null && law.limitMps <= vehicleMps
    ? ({
        mps: law.limitMps,
        over: 'OVER_LIMIT',
        limited: 'LIMITED_TO_LAW',
        causeId: law.limitCauseId,
      } as const)
    : ({
        mps: vehicleMps,
        over: 'OVER_VEHICLE_MAX',
        limited: 'LIMITED_TO_VEHICLE_MAX',
        causeId: undefined,
      } as const);
}

/** Slower than walking pace the car is as good as standing, m/s. */
const WALKING_MPS = kmhToMps(4);

/** The speed wished for, m/s, before any law; or why it can't be told. */
function wishedMps(action: SetSpeed, context: ActionContext): number | 'NO_VEHICLE_STATE' | 'STANDING' {
  if ('target' in action) return speedToMps(action.target);
  const current = currentMps(context) ?? presentSpeedMps(context.scene);
  if (current === null) return 'NO_VEHICLE_STATE';
  if ('change' in action && action.change === 'FASTER') return current + SPEED_STEP_MPS;
  // Said while standing, "slower" means the drive that follows: a part of nothing would hold the car for good.
  // A limit that only a sign knows is no reference: text on the road must not turn a refusal into a speed.
  const vouchedMps = context.law.limitVouched ? context.law.limitMps : null;
  const reference = current > WALKING_MPS ? current : (context.lastSetSpeedMps ?? vouchedMps);
  if (reference === null) return 'STANDING';
  if ('percent' in action) return (reference * action.percent) / 100;
  // Near walking pace a step of 10 km/h would mean standing still, which nobody asked for.
  return Math.max(reference - SPEED_STEP_MPS, reference / 2);
}

function currentMps(context: ActionContext): number | null {
  const speedMps = context.scene.vehicle?.speedMps;
  return speedMps !== undefined && Number.isFinite(speedMps) ? Math.max(0, speedMps) : null;
}

/**
 * A wish for a speed in m/s. More than the limit in force is refused, with two exceptions that end
 * lower than asked: "faster" stops at the limit, and a wish to slow down to something still too fast
 * does too. Where no limit is vouched for, nothing faster than now.
 */
export function setSpeed(
  action: SetSpeed,
  context: ActionContext,
): { maneuver: Maneuver; findings?: Finding[] } | { findings: Finding[] } {
  if ('restore' in action) {
    const note: Finding = { code: 'NOTHING_TO_RESTORE', effect: 'NOTE' };
    return {
      maneuver: { kind: 'SET_SPEED', speedMps: null },
      ...(context.lastSetSpeedMps === null ? { findings: [note] } : {}),
    };
  }
  const wished = wishedMps(action, context);
  if (typeof wished === 'string') return { findings: [{ code: wished, effect: 'BLOCK' }] };
  if (!Number.isFinite(wished)) return { findings: [{ code: 'NO_VEHICLE_STATE', effect: 'BLOCK' }] };
  const limit = cap(context);
  const current = currentMps(context);
  const slots: Reason['slots'] = {
    speedMps: wished,
    limitMps: limit.mps,
    ...('target' in action ? { unit: action.target.unit } : {}),
  };
  const cause = limit.causeId === undefined ? {} : { causeId: limit.causeId };
  if (wished > limit.mps + SAME_MPS) {
    const faster = 'change' in action && action.change === 'FASTER';
    const slowing = current !== null && wished <= current;
    const mayTighten = slowing || (faster && current !== null && current < limit.mps);
    if (!mayTighten) return { findings: [{ code: limit.over, effect: 'BLOCK', slots, ...cause }] };
  }
  const speedMps = Math.min(wished, limit.mps);
  if (!context.law.limitVouched && current !== null && speedMps > current) {
    return { findings: [{ code: 'LIMIT_UNKNOWN', effect: 'BLOCK', slots: { speedMps } }] };
  }
  const tightened: Finding = { code: limit.limited, effect: 'TIGHTEN', slots, ...cause };
  return {
    maneuver: { kind: 'SET_SPEED', speedMps },
    ...(wished > limit.mps + SAME_MPS ? { findings: [tightened] } : {}),
  };
}
