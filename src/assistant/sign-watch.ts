import type { Config, Proposal, Scene, SceneSign } from '../domain/index.ts';
import { type ActiveLaw, signEffect } from '../law/index.ts';
import type { UnstampedEntry } from './journal.ts';

/** What the road shows and codriver passes on to the planner: a limit, or a line to stop at. */
export interface SignOrder {
  readonly sign: SceneSign;
  readonly proposal: Proposal;
}

/** Speed differences below this are noise. */
const TOLERANCE_MPS = 0.3;
/** A stop sign is passed on when the car is this near in time, or in space where it creeps. */
const STOP_AHEAD_S = 6;
const STOP_AHEAD_M = 25;
/** A car needs time to slow down before it is told the same again. */
const REPEAT_AFTER_NS = 5_000_000_000n;

/**
 * Watches what the signs say: reports each change of a sign's meaning once, and asks for
 * the speed and the stop that a sign in force orders. Its proposals go through the gate as source
 * SIGN, which can only make the car more careful.
 */
export class SignWatch {
  readonly #config: Config;
  readonly #reported = new Map<string, string>();
  readonly #stopsPassedOn = new Set<string>();
  #lastOrder: { causeId: string; stampNs: bigint } | null = null;

  constructor(config: Config) {
    this.#config = config;
  }

  /** Signs whose meaning is new since the last call. */
  news(scene: Scene): UnstampedEntry[] {
    const entries: UnstampedEntry[] = [];
    for (const sign of scene.signs) {
      const { vehicle, gate } = this.#config;
      const effect = signEffect(sign, scene.civil, vehicle.classes, gate.minPlateConfidence);
      const meaning = JSON.stringify([
        effect.applies,
        effect.why,
        sign.supplementary.map((plate) => plate.text),
      ]);
      if (this.#reported.get(sign.id) === meaning) continue;
      this.#reported.set(sign.id, meaning);
      entries.push({
        type: 'sign',
        sign,
        applies: effect.applies,
        why: [...effect.why],
        reading: effect.reading,
      });
    }
    return entries;
  }

  /** What to pass on now under the law in force in the scene, at most one of each kind. */
  orders(scene: Scene, law: ActiveLaw): SignOrder[] {
    return [this.#limitOrder(scene, law), this.#stopOrder(scene)].filter((order) => order !== null);
  }

  /** A stop sign in force (or perhaps in force) that the car comes near to, once for each sign. */
  #stopOrder(scene: Scene): SignOrder | null {
    const speedMps = scene.vehicle?.speedMps;
    if (speedMps === undefined) return null;
    const nearM = Math.max(STOP_AHEAD_M, speedMps * STOP_AHEAD_S);
    const { vehicle, gate } = this.#config;
    for (const sign of scene.signs) {
      const { distanceM } = sign;
      if (sign.state !== 'AHEAD' || distanceM === undefined || distanceM < 1 || distanceM > nearM) continue;
      if (this.#stopsPassedOn.has(sign.id)) continue;
      const effect = signEffect(sign, scene.civil, vehicle.classes, gate.minPlateConfidence);
      if (effect.order?.type !== 'STOP' || effect.applies === 'DOES_NOT_APPLY') continue;
      this.#stopsPassedOn.add(sign.id);
      const ahead = { value: Math.floor(distanceM), unit: 'M' } as const;
      return {
        sign,
        proposal: { decision: 'EXECUTE', actions: [{ kind: 'STOP', urgency: 'COMFORT', place: { ahead } }] },
      };
    }
    return null;
  }

  /**
   * The limit to pass on now: where a sign in force lowers it below the map's, and the car is
   * faster or its planner means to be. null where the car keeps to it already.
   */
  #limitOrder(scene: Scene, law: ActiveLaw): SignOrder | null {
    const sign = scene.signs.find((candidate) => candidate.id === law.limitCauseId);
    const mapLimitMps = scene.route?.mapLimitMps ?? Number.POSITIVE_INFINITY;
    if (sign === undefined || law.limitMps === null || law.limitMps >= mapLimitMps) return null;
    const intendedMps = Math.max(scene.vehicle?.speedMps ?? 0, scene.planner?.targetSpeedMps ?? 0);
    if (intendedMps <= law.limitMps + TOLERANCE_MPS) return null;
    const last = this.#lastOrder;
    if (last?.causeId === sign.id && scene.stampNs - last.stampNs < REPEAT_AFTER_NS) return null;
    this.#lastOrder = { causeId: sign.id, stampNs: scene.stampNs };
    const value = Math.round(law.limitMps * 3.6);
    return {
      sign,
      proposal: { decision: 'EXECUTE', actions: [{ kind: 'SET_SPEED', target: { value, unit: 'KMH' } }] },
    };
  }
}
