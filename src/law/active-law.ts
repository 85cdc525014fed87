import { type Config, NS_PER_S, type Scene, type SceneSign, type TurnDirection } from '../domain/index.ts';
import { type SignEffect, signEffect } from './sign-effect.ts';
import { isLimitSign, kmhToMps } from './sign-order.ts';

/** How long a sign behind the car still counts where no end was seen, seconds since last seen. */
export const PASSED_HOLD_S = 120;

/** A turn sign stands just before its junction, so it counts a little beyond. */
const PASSED_TURN_HOLD_S = 10;

/** A way out of a junction that a sign forbids. */
export interface BannedTurn {
  readonly direction: TurnDirection;
  readonly causeId: string;
  /** Where the sign stands, metres ahead; absent where not known, then it counts for every junction. */
  readonly distanceM?: number;
}

/** What the law asks here and now, signs, map and configuration taken together. */
export interface ActiveLaw {
  /** The lowest limit known, m/s; null: no limit is known, which is no permission. */
  readonly limitMps: number | null;
  /** The sign that sets the limit; absent where map or configuration does. */
  readonly limitCauseId?: string;
  /**
   * True where map or configuration vouches for a limit and no limit sign in force is unread. Signs
   * alone only ever lower: what a camera read is no permission to go faster.
   */
  readonly limitVouched: boolean;
  /** The limit sign in force whose figure was not read. */
  readonly unreadLimitId?: string;
  /** Signs that forbid stopping, parking, overtaking, changing lanes. */
  readonly stoppingBanned?: string;
  readonly parkingBanned?: string;
  readonly overtakingBanned?: string;
  readonly laneChangeBanned?: string;
  readonly bannedTurns: readonly BannedTurn[];
}

/** Turns that an order leaves no room for. A turn round is never among designated directions. */
function bansOf(order: NonNullable<SignEffect['order']>): readonly TurnDirection[] {
  switch (order.type) {
    case 'ALLOWED_DIRECTIONS':
      return (['LEFT', 'RIGHT', 'STRAIGHT', 'U_TURN'] as const).filter(
        (direction) => !order.directions.includes(direction),
      );
    case 'NO_U_TURN':
    case 'ONE_WAY':
      return ['U_TURN'];
    case 'NO_ENTRY':
    case 'CLOSED':
      return ['STRAIGHT'];
    default:
      return [];
  }
}

const withinHold = (sign: SceneSign, scene: Scene, holdS: number): boolean =>
  sign.state === 'AHEAD' || scene.stampNs - sign.lastSeenNs <= BigInt(holdS) * NS_PER_S;

/**
 * Puts together map, configuration and signs. The limit is the lowest of the map's (else the
 * configured default) and of every limit sign in force. A sign of unknown effect counts as in force.
 *
 * Deliberately plain: a sign ahead counts at once, a passed one for {@link PASSED_HOLD_S} after it was
 * last seen, and a later sign never releases an earlier one. So adding a sign to a scene can lower the
 * limit or add a ban and nothing else; with no limit known at all, a sign gives an upper bound while
 * `limitVouched` stays false.
 */
export function activeLaw(scene: Scene, config: Config): ActiveLaw {
  const mapMps = scene.route?.mapLimitMps ?? null;
  const defaultKmh = config.region.defaultLimitKmh;
  const baseMps = mapMps ?? (defaultKmh === null ? null : kmhToMps(defaultKmh));
  let limitMps = baseMps;
  let limitCauseId: string | undefined;
  let unreadLimitId: string | undefined;
  const bans = new Map<string, string>();
  const bannedTurns: BannedTurn[] = [];
  for (const sign of scene.signs) {
    if (!withinHold(sign, scene, PASSED_HOLD_S)) continue;
    const { vehicle, gate } = config;
    const effect = signEffect(sign, scene.civil, vehicle.classes, gate.minPlateConfidence);
    if (effect.applies === 'DOES_NOT_APPLY') continue;
    const { order } = effect;
    if (order === null) {
      if (isLimitSign(sign)) unreadLimitId ??= sign.id;
      continue;
    }
    if (order.type === 'SPEED_LIMIT') {
      if (limitMps === null || order.limitMps < limitMps) {
        limitMps = order.limitMps;
        limitCauseId = sign.id;
      }
      continue;
    }
    if (!bans.has(order.type)) bans.set(order.type, sign.id);
    if (!withinHold(sign, scene, PASSED_TURN_HOLD_S)) continue;
    for (const direction of bansOf(order)) {
      bannedTurns.push({
        direction,
        causeId: sign.id,
        ...(sign.distanceM === undefined ? {} : { distanceM: sign.distanceM }),
      });
    }
  }
  const optional = <K extends string>(key: K, value: string | undefined) =>
    (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
  const stopping = bans.get('NO_STOPPING');
  return {
    limitMps,
    ...optional('limitCauseId', limitCauseId),
    limitVouched: baseMps !== null && unreadLimitId === undefined,
    ...optional('unreadLimitId', unreadLimitId),
    ...optional('stoppingBanned', stopping),
    ...optional('parkingBanned', stopping ?? bans.get('NO_PARKING')),
    ...optional('overtakingBanned', bans.get('NO_OVERTAKING')),
    ...optional('laneChangeBanned', bans.get('NO_LANE_CHANGE')),
    bannedTurns,
  };
}
