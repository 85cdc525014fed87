import {
  type IntentStatus,
  type JournalEntry,
  nsToMs,
  type Proposal,
  type TimeNs,
  type Verdict,
} from '../../src/domain/index.ts';
import { signWords } from '../../src/law/index.ts';
import type {
  HealthItem,
  IntentItem,
  LatencySeries,
  Moment,
  PlannerSpan,
  ReportData,
  SignCard,
} from './report-data.ts';
import { SeriesBuilder } from './series.ts';
import { wordsOfReason } from './words.ts';

/** Signs whose figure is the highest speed allowed, in km/h. */
const SPEED_LIMIT_TYPES = new Set(['JP:323', 'DE:274']);

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type MutableMoment = { [K in keyof Moment]: Moment[K] extends readonly (infer E)[] ? E[] : Moment[K] };
type MutableIntent = Omit<IntentItem, 'phases' | 'delivery' | 'deliveryDetail'> & {
  delivery: string;
  deliveryDetail: string;
  phases: Writable<IntentItem['phases'][number]>[];
};
type MutableSign = { -readonly [K in keyof SignCard]: SignCard[K] } & {
  sightings: SignCard['sightings'][number][];
  decisions: SignCard['decisions'][number][];
};
type EntryOf<T extends JournalEntry['type']> = Extract<JournalEntry, { type: T }>;

/** Turns journal entries, in order, into what the page shows. One collector a report. */
export class ReportCollector {
  #startNs: TimeNs | undefined;
  #lastT = 0;
  #run: EntryOf<'run'> | undefined;
  #end: EntryOf<'end'> | undefined;
  readonly #seen: Record<string, number> = {};
  readonly #speed = new SeriesBuilder();
  readonly #target = new SeriesBuilder();
  readonly #limit = new SeriesBuilder();
  readonly #planner: PlannerSpan[] = [];
  readonly #moments = new Map<string, MutableMoment>();
  readonly #intents = new Map<string, MutableIntent>();
  readonly #signs = new Map<string, MutableSign>();
  readonly #health: HealthItem[] = [];
  readonly #cameras: Record<string, { widthPx: number; heightPx: number }> = {};
  readonly #latencies = new Map<'REFLEX' | 'THOUGHT' | 'SIGN', number[]>();

  /** Seconds since the first entry, to the millisecond; never negative. */
  seconds(stampNs: TimeNs): number {
    this.#startNs ??= stampNs;
    return Math.max(0, Math.round(nsToMs(stampNs - this.#startNs)) / 1000);
  }

  /** Takes the next entry. */
  add(entry: JournalEntry): void {
    const t = this.seconds(entry.stampNs);
    this.#lastT = Math.max(this.#lastT, t);
    this.#seen[entry.type] = (this.#seen[entry.type] ?? 0) + 1;
    switch (entry.type) {
      case 'run':
        this.#run = entry;
        break;
      case 'frame':
        if (entry.widthPx > 0 && entry.heightPx > 0) {
          this.#cameras[entry.camera] = { widthPx: entry.widthPx, heightPx: entry.heightPx };
        }
        break;
      case 'vehicle':
        this.#speed.add(t, entry.vehicle.speedMps);
        break;
      case 'sign':
        this.#addSign(t, entry);
        break;
      case 'utterance': {
        const { stampNs: _stampNs, ...utterance } = entry.utterance;
        const moment = this.#moment(entry.utterance.id, t);
        this.#moments.set(entry.utterance.id, { ...moment, utterance });
        break;
      }
      case 'reply':
        this.#moment(entry.originId, t).replies.push({
          t,
          language: entry.language,
          stage: entry.stage,
          text: entry.text,
        });
        break;
      case 'prompt':
        this.#moment(entry.originId, t).prompts.push({
          t,
          text: entry.text,
          promptTokens: entry.promptTokens,
        });
        break;
      case 'proposal':
        this.#addProposal(t, entry);
        break;
      case 'verdict':
        this.#addVerdict(t, entry.verdict);
        break;
      case 'intent':
        this.#addIntent(t, entry);
        break;
      case 'status':
        this.#addStatus(entry.status);
        break;
      case 'planner':
        this.#addPlanner(t, entry);
        break;
      case 'health': {
        const { component, state, code, text } = entry;
        this.#health.push({ t, component, state, code, text });
        break;
      }
      case 'end':
        this.#end = entry;
        break;
    }
  }

  /** What the page shows of everything added so far. */
  build(options: { language: 'en' | 'ja'; reflexMs: number[]; thoughtMs: number[] }): ReportData {
    const latencies: LatencySeries[] = [...this.#latencies].map(([source, ms]) => ({
      source,
      kind: 'JOURNAL' as const,
      ms,
    }));
    if (options.reflexMs.length > 0) latencies.push({ source: 'REFLEX', kind: 'WALL', ms: options.reflexMs });
    if (options.thoughtMs.length > 0) {
      latencies.push({ source: 'THOUGHT', kind: 'WALL', ms: options.thoughtMs });
    }
    return {
      language: options.language,
      run: {
        title: this.#run?.title ?? '',
        mode: this.#run?.mode ?? null,
        loop: this.#run?.loop ?? null,
        model: this.#run?.model ?? null,
        startNs: (this.#startNs ?? 0n).toString(),
        utcOffsetMin: this.#run?.utcOffsetMin ?? 0,
        durationS: this.#lastT,
        complete: this.#end !== undefined,
      },
      counts: this.#end?.counts ?? this.#seen,
      speed: this.#speed.build(),
      target: this.#target.build(),
      limit: this.#limit.build(),
      planner: this.#planner,
      moments: [...this.#moments.values()].sort((a, b) => a.t - b.t),
      signs: [...this.#signs.values()].sort((a, b) => a.t - b.t),
      health: this.#health,
      cameras: this.#cameras,
      latencies,
    };
  }

  #moment(id: string, t: number): MutableMoment {
    let moment = this.#moments.get(id);
    if (moment === undefined) {
      moment = { id, t, utterance: null, replies: [], prompts: [], proposals: [], verdicts: [], intents: [] };
      this.#moments.set(id, moment);
    }
    return moment;
  }

  #addSign(t: number, { sign, applies, why, reading }: EntryOf<'sign'>): void {
    const latest = {
      lastT: t,
      type: sign.type,
      name: signWords(sign),
      ...(sign.value === undefined ? {} : { value: sign.value }),
      confidence: sign.confidence,
      applies,
      why,
      reading,
      plates: sign.supplementary.map(({ type, text, textConfidence, box }) => ({
        ...(type === undefined ? {} : { type }),
        ...(text === undefined ? {} : { text }),
        ...(textConfidence === undefined ? {} : { textConfidence }),
        ...(box === undefined ? {} : { box }),
      })),
    };
    const known = this.#signs.get(sign.id);
    const card: MutableSign =
      known === undefined
        ? { id: sign.id, t, ...latest, sightings: [], decisions: [] }
        : Object.assign(known, latest);
    this.#signs.set(sign.id, card);
    card.sightings.push({
      t: this.seconds(sign.stampNs),
      camera: sign.camera,
      box: sign.box,
      ...(sign.distanceM === undefined ? {} : { distanceM: sign.distanceM }),
    });
    const before = card.decisions.at(-1);
    if (before?.applies !== applies || before.why.join() !== why.join()) {
      card.decisions.push({ t, applies, why });
    }
    if (SPEED_LIMIT_TYPES.has(sign.type) && applies === 'APPLIES' && sign.value !== undefined) {
      this.#limit.addStep(t, sign.value / 3.6);
    }
  }

  #addProposal(t: number, entry: EntryOf<'proposal'>): void {
    const { rule, decodedTokens, appendedTokens, source, latencyMs } = entry;
    this.#moment(entry.originId, t).proposals.push({
      t,
      id: entry.proposalId,
      source,
      proposal: entry.proposal as Proposal,
      ...(rule === undefined ? {} : { rule }),
      ...(decodedTokens === undefined ? {} : { decodedTokens }),
      ...(appendedTokens === undefined ? {} : { appendedTokens }),
      latencyMs,
    });
    const known = this.#latencies.get(source);
    if (known === undefined) this.#latencies.set(source, [latencyMs]);
    else known.push(latencyMs);
  }

  #addVerdict(t: number, verdict: Verdict): void {
    this.#moment(verdict.originId, t).verdicts.push({
      t,
      proposalId: verdict.proposalId,
      source: verdict.source,
      outcome: verdict.outcome,
      reasons: verdict.reasons.map((reason) => ({
        code: reason.code,
        effect: reason.effect,
        ...(reason.causeId === undefined ? {} : { causeId: reason.causeId }),
        words: wordsOfReason(reason),
      })),
    });
  }

  #addIntent(t: number, { intent, delivery, detail }: EntryOf<'intent'>): void {
    // A second entry for one intent is news of its delivery, such as its expiry on the way.
    const known = this.#intents.get(intent.id);
    if (known !== undefined) {
      known.delivery = delivery;
      known.deliveryDetail = detail;
      return;
    }
    const item: MutableIntent = {
      t,
      id: intent.id,
      sequence: intent.sequence,
      source: intent.source,
      authority: intent.authority,
      validUntilT: this.seconds(intent.validUntilNs),
      trigger: intent.trigger,
      maneuver: intent.maneuver,
      delivery,
      deliveryDetail: detail,
      phases: [],
    };
    this.#intents.set(intent.id, item);
    this.#moment(intent.originId, t).intents.push(item);
  }

  #addStatus(status: IntentStatus): void {
    const item = this.#intents.get(status.intentId);
    if (item === undefined || item.phases.at(-1)?.phase === status.phase) return;
    const { phase, reason, detail } = status;
    item.phases.push({ t: this.seconds(status.stampNs), phase, reason, detail });
  }

  #addPlanner(t: number, { planner }: EntryOf<'planner'>): void {
    const { motion, behavior, distanceM, targetSpeedMps } = planner;
    if (targetSpeedMps !== undefined) this.#target.addStep(t, targetSpeedMps);
    for (const status of planner.intents) this.#addStatus(status);
    const last = this.#planner.at(-1);
    if (last?.motion === motion && last.behavior === behavior) return;
    this.#planner.push({ t, motion, behavior, ...(distanceM === undefined ? {} : { distanceM }) });
  }
}
