import type { Config, Proposal, Scene, SceneSign } from '../domain/index.ts';
import { activeLaw, signEffect } from '../law/index.ts';
import type { UnstampedEntry } from './journal.ts';

/** A limit that the road shows and codriver passes on to the planner. */
export interface SignOrder {
  readonly sign: SceneSign;
  readonly proposal: Proposal;
}

/** A limit is repeated while it holds, this long before the planner would forget it. */
const RENEW_BEFORE_NS = 1_000_000_000n;

/**
 * Watches what the signs say: reports each change of a sign's meaning once, and asks for
 * the speed that a sign in force orders. Its proposals go through the gate as source
 * SIGN, which can only make the car more careful; they lapse by themselves when the
 * sign no longer holds, so that nothing but the planner's own plan takes over.
 */
export class SignWatch {
  readonly #config: Config;
  readonly #reported = new Map<string, string>();
  #renewAtNs: { causeId: string; atNs: bigint } | null = null;

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

  /** The limit to pass on now, where a sign lowers it below the map's; null where there is nothing new. */
  order(scene: Scene): SignOrder | null {
    const law = activeLaw(scene, this.#config);
    const sign = scene.signs.find((candidate) => candidate.id === law.limitCauseId);
    const mapLimitMps = scene.route?.mapLimitMps ?? Number.POSITIVE_INFINITY;
    if (sign === undefined || law.limitMps === null || law.limitMps >= mapLimitMps) {
      this.#renewAtNs = null;
      return null;
    }
    const due = this.#renewAtNs;
    if (due !== null && due.causeId === sign.id && scene.stampNs < due.atNs) return null;
    const ttlNs = BigInt(this.#config.gate.intentTtlMs) * 1_000_000n;
    this.#renewAtNs = { causeId: sign.id, atNs: scene.stampNs + ttlNs - RENEW_BEFORE_NS };
    const value = Math.round(law.limitMps * 3.6);
    return {
      sign,
      proposal: { decision: 'EXECUTE', actions: [{ kind: 'SET_SPEED', target: { value, unit: 'KMH' } }] },
    };
  }
}
