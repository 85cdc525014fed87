import {
  type Clock,
  CodriverError,
  type Config,
  type Language,
  type ModelTier,
  NS_PER_MS,
  type Scene,
  type TimeNs,
  type Utterance,
} from '../domain/index.ts';
import type { LanguageModel } from '../llm/index.ts';
import { matchReflex } from '../reflex/index.ts';
import type { DialogueMemory } from './dialogue-memory.ts';
import type { Executive, ProposalTicket } from './executive.ts';
import type { UnstampedEntry } from './journal.ts';
import { watchTiers } from './model-tiers.ts';
import { heardReply, thinkingReply } from './replies.ts';
import { declaredLatencyMs, type PreparedThought, prepareThought } from './thought.ts';

interface MindOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly mode: 'LIVE' | 'LOCKSTEP';
  readonly model: LanguageModel | null;
  readonly executive: Executive;
  readonly dialogue: DialogueMemory;
  readonly scene: () => Scene;
  readonly record: (entry: UnstampedEntry) => void;
  readonly say: (originId: string, language: Language, stage: 'HEARD' | 'THINKING', text: string) => void;
  /** The model broke: codriver goes on reflex-only. */
  readonly onModelLost: (error: CodriverError) => void;
  /** Live: a thought is over; where a model lives that is not one session, and what that thought read of it. */
  readonly onTiers: (tiers: ModelTier[]) => void;
}

interface Thought {
  readonly utterance: Utterance;
  readonly abort: AbortController;
}

/**
 * The two paths. A reflex acts at once and voids everything older than itself; a thought
 * runs under a deadline and gives way to the newest utterance.
 */
export class Mind {
  readonly #options: MindOptions;
  #current: Thought | null = null;
  #due: { atNs: TimeNs; thought: Thought; ticket: ProposalTicket; late: boolean } | null = null;
  #model: LanguageModel | null;
  #closed = false;

  constructor(options: MindOptions) {
    this.#options = options;
    this.#model = options.model;
  }

  /** From now on this model thinks. */
  adoptModel(model: LanguageModel): void {
    this.#model = model;
  }

  /** Hears one utterance. In lockstep it resolves when the model has answered; live, when the reflex has acted. */
  async hear(utterance: Utterance): Promise<void> {
    const { record, dialogue, say, executive } = this.#options;
    record({ type: 'utterance', utterance });
    say(utterance.id, utterance.language, 'HEARD', heardReply(utterance.language));
    const { stampNs, language, text } = utterance;
    const reflex = matchReflex(utterance);
    if (reflex !== null) {
      // A stop or a cancel voids what is older; "slow down" leaves a thought running.
      const voids =
        reflex.proposal.decision === 'EXECUTE' &&
        reflex.proposal.actions.some((action) => action.kind === 'STOP' || action.kind === 'CANCEL');
      if (voids) this.#void('VOIDED_BY_REFLEX');
      dialogue.add({ stampNs, speaker: 'OCCUPANT', language, text });
      await executive.decide({
        source: 'REFLEX',
        originId: utterance.id,
        utterance,
        proposal: reflex.proposal,
        rule: reflex.rule,
        latencyMs: 0,
      });
      if (voids) await executive.voidHeld(stampNs, utterance);
      return;
    }
    this.#void('SUPERSEDED');
    await this.#think(utterance);
    dialogue.add({ stampNs, speaker: 'OCCUPANT', language, text });
  }

  /** Lockstep: hands over the answer whose declared time has come. */
  async advance(nowNs: TimeNs): Promise<void> {
    const due = this.#due;
    if (due === null || due.atNs > nowNs) return;
    this.#due = null;
    this.#current = null;
    if (due.late) this.#options.executive.drop(due.ticket, 'LATE');
    else await this.#options.executive.decide(due.ticket);
  }

  /** Gives up what is running. */
  close(): void {
    this.#closed = true;
    this.#void('VOIDED_BY_END');
  }

  async #think(utterance: Utterance): Promise<void> {
    const { config, mode, say, record, dialogue, scene, executive } = this.#options;
    const base = { source: 'THOUGHT', originId: utterance.id, utterance } as const;
    if (this.#model === null) {
      executive.drop(base, 'NO_MODEL');
      return;
    }
    say(utterance.id, utterance.language, 'THINKING', thinkingReply(utterance.language));
    const thought: Thought = { utterance, abort: new AbortController() };
    this.#current = thought;
    let prepared: PreparedThought;
    try {
      prepared = prepareThought(this.#model, config, scene(), dialogue.snapshot(), utterance);
    } catch (error) {
      this.#current = null;
      record({
        type: 'health',
        component: 'MODEL',
        state: 'DEGRADED',
        code: CodriverError.from(error).code,
        text: CodriverError.from(error).message,
      });
      executive.drop(base, 'BROKEN_ANSWER');
      return;
    }
    record({
      type: 'prompt',
      originId: utterance.id,
      text: prepared.promptText,
      promptTokens: prepared.promptTokens,
    });
    if (mode === 'LIVE') void this.#thinkWatched(this.#model, thought, prepared);
    else await this.#thinkLockstep(thought, prepared);
  }

  async #thinkLockstep(thought: Thought, prepared: PreparedThought): Promise<void> {
    const { config, clock } = this.#options;
    const ticket = await this.#ask(thought, prepared, (result) => declaredLatencyMs(config, result));
    if (ticket === null) return;
    const late = ticket.latencyMs > config.thought.deadlineMs;
    const waitMs = Math.min(ticket.latencyMs, config.thought.deadlineMs);
    this.#due = { atNs: clock.nowNs() + BigInt(waitMs) * NS_PER_MS, thought, ticket, late };
  }

  /** Lockstep measures nothing, so only live thoughts are watched. */
  async #thinkWatched(model: LanguageModel, thought: Thought, prepared: PreparedThought): Promise<void> {
    const tiers = model.info.placement === undefined ? null : watchTiers(model, this.#options.config);
    await this.#thinkLive(thought, prepared);
    if (tiers === null) return;
    const now = await tiers();
    // Nobody listens any more once the run has ended; a lost model has told of itself.
    if (!this.#closed && this.#model !== null) this.#options.onTiers(now);
  }

  async #thinkLive(thought: Thought, prepared: PreparedThought): Promise<void> {
    const { config, executive } = this.#options;
    const startedMs = performance.now();
    const deadline = setTimeout(() => {
      if (this.#current !== thought) return;
      this.#current = null;
      thought.abort.abort();
      executive.drop(
        { source: 'THOUGHT', originId: thought.utterance.id, utterance: thought.utterance },
        'LATE',
      );
    }, config.thought.deadlineMs);
    const ticket = await this.#ask(thought, prepared, () => performance.now() - startedMs);
    clearTimeout(deadline);
    // No await stands between this check and the gate: an answer that was voided can't slip through.
    if (ticket === null || this.#current !== thought) return;
    this.#current = null;
    await executive.decide(ticket);
  }

  async #ask(
    thought: Thought,
    prepared: PreparedThought,
    latencyMs: (result: Awaited<ReturnType<PreparedThought['run']>>['result']) => number,
  ): Promise<ProposalTicket | null> {
    const base = { source: 'THOUGHT', originId: thought.utterance.id, utterance: thought.utterance } as const;
    try {
      const { json, confidence, result } = await prepared.run(thought.abort.signal);
      if (thought.abort.signal.aborted) return null;
      if (json === null) {
        this.#current = null;
        this.#options.executive.drop(base, 'BROKEN_ANSWER');
        return null;
      }
      const { decodedTokens, appendedTokens } = result;
      return {
        ...base,
        proposal: json,
        confidence,
        latencyMs: latencyMs(result),
        decodedTokens,
        appendedTokens,
      };
    } catch (error) {
      if (thought.abort.signal.aborted) return null;
      const wrapped = CodriverError.from(error, 'MODEL_FAILED');
      this.#current = null;
      // Whatever is wrong with a model, such as weights that can't be read any more, is still wrong the next time.
      if (wrapped.code.startsWith('MODEL_')) {
        this.#model = null;
        this.#options.onModelLost(wrapped);
      }
      this.#options.executive.drop(base, 'BROKEN_ANSWER');
      return null;
    }
  }

  #void(code: string): void {
    const thought = this.#current;
    if (thought === null) return;
    this.#current = null;
    this.#due = null;
    thought.abort.abort();
    const { utterance } = thought;
    this.#options.executive.drop({ source: 'THOUGHT', originId: utterance.id, utterance }, code);
  }
}
