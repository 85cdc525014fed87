import { verdictReply } from '../assistant/index.ts';
import type {
  Config,
  Dialogue,
  DialogueTurn,
  Proposal,
  ProposalSource,
  Scene,
  Utterance,
  Verdict,
} from '../domain/index.ts';
import { judge } from '../gate/index.ts';
import { activeLaw } from '../law/index.ts';

/** The gate's verdict on what a model (or a reflex) proposed, in a car where nothing was asked before. */
export function judgeProposal(
  proposal: unknown,
  utterance: Utterance,
  scene: Scene,
  config: Config,
  confidence?: number,
  source: ProposalSource = 'THOUGHT',
): Verdict {
  return judge({
    proposalId: 'p1',
    proposal,
    source,
    utterance,
    originId: utterance.id,
    scene,
    config,
    ...(confidence === undefined ? {} : { confidence }),
    history: { lastSetSpeedMps: null, liveIntents: [] },
    nowNs: scene.stampNs,
    nextSequence: 1,
    nextIntentId: (sequence) => `i${sequence}`,
  });
}

/** Where a voice comes from: an occupant, a loudspeaker, somebody beside the car. */
export type Voice = 'say' | 'radio' | 'outside';

/** An utterance as a recogniser gives it that is fairly sure of its best reading. */
export function heardUtterance(
  said: Pick<Utterance, 'id' | 'stampNs' | 'text' | 'language'> & {
    readonly voice: Voice;
    /** Other readings, best first. */
    readonly readings: readonly string[];
  },
): Utterance {
  const { voice, readings, ...rest } = said;
  return {
    ...rest,
    confidence: 0.9,
    alternatives: readings.map((text) => ({ text, confidence: 0.8 })),
    seat: voice === 'outside' ? 'OUTSIDE' : 'FRONT_RIGHT',
    authority: voice === 'outside' ? 'UNKNOWN' : 'DRIVER_OR_OWNER',
    live: voice !== 'radio',
  };
}

/** What was said before, and what it meant. */
export interface EarlierTurn {
  readonly utterance: Utterance;
  readonly meant: Proposal;
}

/** A talk as the product would have had it: its own gate and words answer each turn. */
export function talkOf(turns: readonly EarlierTurn[], scene: Scene, config: Config): Dialogue {
  const limitMps = activeLaw(scene, config).limitMps;
  return {
    turns: turns.flatMap(({ utterance, meant }): DialogueTurn[] => {
      const { stampNs, language, text } = utterance;
      const verdict = judgeProposal(meant, utterance, scene, config);
      return [
        { stampNs, speaker: 'OCCUPANT', language, text },
        { stampNs, speaker: 'CODRIVER', language, text: verdictReply(verdict, scene, limitMps, language) },
      ];
    }),
  };
}
