import type { Action, Maneuver, Proposal, Scene, Utterance, Verdict } from '../../src/domain/index.ts';
import { type GateInput, judge } from '../../src/gate/index.ts';
import { config, makeScene } from '../law/signs.ts';

/** The owner, heard well. */
export function makeUtterance(more: Partial<Utterance> = {}): Utterance {
  return {
    id: 'u1',
    stampNs: 0n,
    text: 'please',
    language: 'en',
    confidence: 0.95,
    alternatives: [],
    seat: 'FRONT_RIGHT',
    authority: 'DRIVER_OR_OWNER',
    live: true,
    ...more,
  };
}

/** A gate input with the owner's voice on the usual road. */
export function makeInput(proposal: unknown, more: Partial<GateInput> = {}): GateInput {
  return {
    proposalId: 'p1',
    proposal,
    source: 'THOUGHT',
    utterance: makeUtterance(),
    originId: 'u1',
    scene: makeScene(),
    config,
    history: { lastSetSpeedMps: null, liveIntents: [] },
    nowNs: 1_000_000_000_000n,
    nextSequence: 7,
    nextIntentId: (sequence) => `i${sequence}`,
    ...more,
  };
}

/** Judges actions in a scene that differs from the usual one by `scene`. */
export function judgeActions(
  actions: readonly Action[],
  { scene, ...more }: Omit<Partial<GateInput>, 'scene'> & { scene?: Partial<Scene> } = {},
): Verdict {
  const proposal: Proposal = { decision: 'EXECUTE', actions: [...actions] };
  return judge(makeInput(proposal, { ...more, scene: makeScene(scene) }));
}

/** Outcome and the codes of all reasons, as one line. */
export function gist(verdict: Verdict): string {
  return `${verdict.outcome} ${verdict.reasons.map((reason) => reason.code).join(' ')}`;
}

/** The first intent's speed in m/s. */
export function speedOf(verdict: Verdict): number | null | undefined {
  const maneuver: Maneuver | undefined = verdict.intents[0]?.maneuver;
  return maneuver?.kind === 'SET_SPEED' ? maneuver.speedMps : undefined;
}
