import { type JournalEntry, type ModelTier, nsToMs, type TimeNs } from '../../src/domain/index.ts';
import { MomentBook } from './moment-book.ts';
import type { HealthItem, LatencySeries, PlannerSpan, ReportData, RunFacts } from './report-data.ts';
import { SeriesBuilder } from './series.ts';
import { SignBook } from './sign-book.ts';
import { TrackBuilder } from './track.ts';

/** Signs whose figure is the highest speed allowed, in km/h. */
const SPEED_LIMIT_TYPES = new Set(['JP:323', 'DE:274']);

type EntryOf<T extends JournalEntry['type']> = Extract<JournalEntry, { type: T }>;

/** Turns journal entries, in order, into what the page shows. One collector a run. */
export class ReportCollector {
  #startNs: TimeNs | undefined;
  #lastT = 0;
  #run: EntryOf<'run'> | undefined;
  #end: EntryOf<'end'> | undefined;
  readonly #seen: Record<string, number> = {};
  readonly #speed = new SeriesBuilder();
  readonly #target = new SeriesBuilder();
  readonly #limit = new SeriesBuilder();
  readonly #signLimit = new SeriesBuilder();
  readonly #fixes = new TrackBuilder('GNSS');
  readonly #poses = new TrackBuilder('POSE');
  readonly #planner: PlannerSpan[] = [];
  readonly #moments = new MomentBook((stampNs) => this.seconds(stampNs));
  readonly #signs = new SignBook((stampNs) => this.seconds(stampNs));
  readonly #health: HealthItem[] = [];
  readonly #cameras: Record<string, { widthPx: number; heightPx: number }> = {};

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
      case 'vehicle': {
        const { speedMps, pose } = entry.vehicle;
        this.#speed.add(t, speedMps);
        if (pose !== undefined) this.#poses.add(t, pose.xM, pose.yM);
        break;
      }
      case 'gnss':
        this.#fixes.addFix(t, entry.fix);
        break;
      case 'limit':
        this.#limit.addStep(t, entry.limitMps);
        break;
      case 'sign':
        this.#signs.add(t, entry);
        this.#addSignLimit(t, entry);
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
      default:
        this.#moments.add(t, entry);
    }
  }

  /** What the page shows of everything added so far. */
  build(options: {
    language: 'en' | 'ja';
    reflexMs: number[];
    thoughtMs: number[];
    tiers?: readonly ModelTier[];
  }): ReportData {
    const latencies: LatencySeries[] = this.#moments.latencies();
    if (options.reflexMs.length > 0) latencies.push({ source: 'REFLEX', kind: 'WALL', ms: options.reflexMs });
    if (options.thoughtMs.length > 0) {
      latencies.push({ source: 'THOUGHT', kind: 'WALL', ms: options.thoughtMs });
    }
    return {
      language: options.language,
      run: this.#facts(),
      counts: this.#end?.counts ?? this.#seen,
      speed: this.#speed.build(),
      target: this.#target.build(),
      limit: (this.#limit.size > 0 ? this.#limit : this.#signLimit).build(),
      track: this.#fixes.build() ?? this.#poses.build(),
      planner: this.#planner,
      moments: this.#moments.moments(),
      signs: this.#signs.signs(),
      health: this.#health,
      tiers: options.tiers ?? [],
      cameras: this.#cameras,
      latencies,
    };
  }

  #facts(): RunFacts {
    return {
      title: this.#run?.title ?? '',
      mode: this.#run?.mode ?? null,
      loop: this.#run?.loop ?? null,
      model: this.#run?.model ?? null,
      startNs: (this.#startNs ?? 0n).toString(),
      utcOffsetMin: this.#run?.utcOffsetMin ?? 0,
      durationS: this.#lastT,
      complete: this.#end !== undefined,
    };
  }

  /** Journals without `limit` entries: the limit is guessed from the signs that hold. */
  #addSignLimit(t: number, { sign, applies }: EntryOf<'sign'>): void {
    if (SPEED_LIMIT_TYPES.has(sign.type) && applies === 'APPLIES' && sign.value !== undefined) {
      this.#signLimit.addStep(t, sign.value / 3.6);
    }
  }

  #addPlanner(t: number, { planner }: EntryOf<'planner'>): void {
    const { motion, behavior, distanceM, targetSpeedMps } = planner;
    if (targetSpeedMps !== undefined) this.#target.addStep(t, targetSpeedMps);
    for (const status of planner.intents) this.#moments.addStatus(status);
    const last = this.#planner.at(-1);
    if (last?.motion === motion && last.behavior === behavior) return;
    this.#planner.push({ t, motion, behavior, ...(distanceM === undefined ? {} : { distanceM }) });
  }
}
