import { CodriverError, type Dialogue, type Scene, type Utterance } from '../domain/index.ts';
import { ANSWER_START, chatTurn, PREFIX, type PromptSegment } from './prefix.ts';
import { quoteData } from './quote.ts';
import { referentsOf } from './referents.ts';
import { type SceneLine, sceneLines } from './scene-lines.ts';
import { utteranceLine } from './utterance-line.ts';

/** What a prompt is made of. */
export interface PromptRequest {
  readonly scene: Scene;
  /** The talk before `utterance`, oldest turn first. */
  readonly dialogue: Dialogue;
  readonly utterance: Utterance;
  /** Tokens of a text in which control tokens are not read: the model's `countTokens`. */
  readonly countTokens: (text: string) => number;
  /** Most tokens the prompt may have. */
  readonly maxTokens: number;
  /** Whether instructions and examples come first. A model with a driving adapter was trained without. */
  readonly examples: boolean;
}

/** A prompt within its budget. */
export interface BuiltPrompt {
  /** For the model. Text from outside is only in segments that are not special, and there in JSON quotes. */
  readonly segments: readonly PromptSegment[];
  /** The same as one text, for people and the report. */
  readonly promptText: string;
  readonly tokens: number;
  /** What did not fit, in the order it went: `dialogue:0`, `poi:ID`, `object:ID`, `junction:ID`, `sign-text:40`. */
  readonly dropped: readonly string[];
}

/** Texts of plates are cut to these lengths, one after another, when nothing else is left to drop. */
const SIGN_TEXT_LIMITS = [40, 20, 10, 4] as const;
const FULL_SIGN_TEXT = 200;
/** More of the talk than this, or older talk, helps nobody and costs a token each. */
const MOST_TURNS = 4;
const TALK_LASTS_NS = 60_000_000_000n;

/**
 * Builds the prompt: the fixed prefix first where there is one, then the scene, the talk and the utterance. What does not fit
 * is dropped in order: the oldest turns, the farthest places, objects and junctions; then the plates' texts
 * are shortened. The utterance and every sign always stay. PROMPT_TOO_LONG when even that does not fit.
 */
export function buildPrompt(request: PromptRequest): BuiltPrompt {
  const { countTokens, maxTokens } = request;
  const turns = turnLines(request.dialogue, request.utterance.stampNs);
  const dropped: string[] = [];
  const referents = referentsOf(request.scene);
  let lines = sceneLines(request.scene, referents, FULL_SIGN_TEXT);

  const prefix = request.examples ? PREFIX : [];
  const prefixTokens = countSegments(prefix, countTokens);
  const build = (): PromptSegment[] => {
    const body = [...lines, ...turns].map((line) => line.text).join('\n');
    // The utterance has a turn of its own, shaped like the examples': under the scene's lines in one turn
    // the untuned 135M model gave every utterance the last example's answer.
    return [
      ...chatTurn('system', body),
      ...chatTurn('user', utteranceLine(request.utterance)),
      ...ANSWER_START,
    ];
  };
  const finish = (segments: PromptSegment[], tokens: number): BuiltPrompt => {
    const all = [...prefix, ...segments];
    return { segments: all, promptText: all.map((part) => part.text).join(''), tokens, dropped };
  };

  for (;;) {
    const segments = build();
    const tokens = prefixTokens + countSegments(segments, countTokens);
    if (tokens <= maxTokens) return finish(segments, tokens);
    const turn = turns.shift();
    if (turn !== undefined) {
      dropped.push(turn.name);
      continue;
    }
    const farthest = farthestDroppable(lines);
    if (farthest?.droppable !== undefined) {
      dropped.push(farthest.droppable);
      lines = lines.filter((line) => line !== farthest);
      continue;
    }
    const limit = SIGN_TEXT_LIMITS.find((each) => !dropped.includes(`sign-text:${each}`));
    if (limit === undefined) throw tooLong(request, tokens);
    dropped.push(`sign-text:${limit}`);
    lines = sceneLines(request.scene, referents, limit).filter((line) => line.droppable === undefined);
  }
}

/** Special segments are control tokens, one each. */
function countSegments(segments: readonly PromptSegment[], countTokens: (text: string) => number): number {
  return segments.reduce((sum, part) => sum + (part.special ? 1 : countTokens(part.text)), 0);
}

function turnLines(
  { turns }: Dialogue,
  nowNs: Utterance['stampNs'],
): { readonly name: string; readonly text: string }[] {
  return turns
    .map((turn, index) => ({
      name: `dialogue:${index}`,
      stampNs: turn.stampNs,
      text: `${turn.speaker === 'OCCUPANT' ? 'said' : 'answered'} ${quoteData(turn.text)}`,
    }))
    .slice(-MOST_TURNS)
    .filter(({ stampNs }) => nowNs - stampNs <= TALK_LASTS_NS);
}

/** Places go before objects, objects before junctions; of each kind the farthest first. */
function farthestDroppable(lines: readonly SceneLine[]): SceneLine | undefined {
  for (const kind of ['poi:', 'object:', 'junction:']) {
    const candidates = lines.filter((line) => line.droppable?.startsWith(kind));
    if (candidates.length > 0) {
      return candidates.reduce((far, line) =>
        Math.abs(line.distanceM ?? 0) > Math.abs(far.distanceM ?? 0) ? line : far,
      );
    }
  }
  return undefined;
}

function tooLong(request: PromptRequest, tokens: number): CodriverError {
  return new CodriverError(
    'PROMPT_TOO_LONG',
    `The prompt of utterance ${request.utterance.id} needs ${tokens} tokens and may have ${request.maxTokens}: ${request.utterance.text.length} characters were said before ${request.scene.signs.length} signs.`,
    {
      remedy: 'Raise thought.maxPromptTokens in the configuration, or say it shorter.',
      details: { tokens, maxTokens: request.maxTokens },
    },
  );
}
