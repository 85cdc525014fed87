import { Assistant, type JournalSink, type NamedModel, runEntry } from '../../src/assistant/index.ts';
import {
  type CodriverError,
  type Config,
  ManualClock,
  type Metrics,
  NS_PER_MS,
  type TimeNs,
  type Utterance,
} from '../../src/domain/index.ts';
import type { DomainMessage } from '../../src/io/ros-messages/domain-message.ts';
import type { PlatePerception } from '../../src/perception/index.ts';
import { ShadowSink } from './shadow-sink.ts';

/** One build that a log is replayed through. */
export interface BuildOptions {
  readonly config: Config;
  /** null: reflex-only. */
  readonly model: NamedModel | null;
  /** Its own, since it remembers what it has read; the reader behind it may be shared. null: plates stay unread. */
  readonly plates: PlatePerception | null;
  readonly journal: JournalSink;
}

/** What every build of a replay has in common. */
interface BuildSetting {
  readonly startNs: TimeNs;
  readonly title: string;
  readonly mode: 'LIVE' | 'LOCKSTEP';
  /** What is spoken into the log, by time. */
  readonly script: readonly Utterance[];
  /** Awaited before the clock moves; resolves when the wall clock is there too. */
  readonly pace?: (ns: TimeNs) => Promise<void>;
  readonly metrics?: Metrics;
}

/** One build under way: an assistant of its own, with its own clock, ears and journal. */
export class Build {
  readonly #assistant: Assistant;
  readonly #clock: ManualClock;
  readonly #deadlineNs: TimeNs;
  readonly #script: Utterance[];
  readonly #pace: (ns: TimeNs) => Promise<void>;
  readonly #brokenTopics = new Set<unknown>();

  constructor(options: BuildOptions, setting: BuildSetting) {
    const { config, model, plates, journal } = options;
    const { startNs, title, mode, metrics } = setting;
    this.#script = [...setting.script];
    this.#pace = setting.pace ?? (async () => {});
    this.#clock = new ManualClock(startNs);
    this.#deadlineNs = BigInt(config.thought.deadlineMs) * NS_PER_MS;
    this.#assistant = new Assistant({
      config,
      clock: this.#clock,
      mode,
      sink: new ShadowSink(this.#clock),
      model: model?.model ?? null,
      plates,
      journal,
      ...(metrics === undefined ? {} : { metrics }),
    });
    const { timeZone } = config.region;
    journal(runEntry({ stampNs: startNs, title, mode, loop: 'OPEN', model, timeZone }));
  }

  /** Moves to `ns`: what is spoken until then is heard, and answers arrive whose time has come. */
  async advanceTo(ns: TimeNs): Promise<void> {
    await this.#hearUntil(ns);
    await this.#moveTo(ns);
  }

  /** Hears what is spoken until the end, and lets answers still under way get their declared time. */
  async finish(endNs: TimeNs): Promise<void> {
    await this.#hearUntil(endNs);
    await this.#moveTo(this.#clock.nowNs() + this.#deadlineNs);
  }

  /** Takes one message of the log. */
  async take(message: DomainMessage): Promise<void> {
    // The log's planner is part of the truth; the shadow's word is not.
    return this.#assistant.take(message);
  }

  /** Tells of a broken message: the first of a topic only, so that a broken topic does not flood the journal. */
  onBadMessage(error: CodriverError): void {
    const topic = error.details.topic;
    if (this.#brokenTopics.has(topic)) return;
    this.#brokenTopics.add(topic);
    this.#assistant.health('INPUT', 'DEGRADED', error.code, error.message);
  }

  /** Tells that a part of the logs could not be read. */
  onDamage(error: CodriverError): void {
    this.#assistant.health('LOG', 'DEGRADED', error.code, error.message);
  }

  close(): void {
    this.#assistant.close();
  }

  async #hearUntil(ns: TimeNs): Promise<void> {
    for (let next = this.#script[0]; next !== undefined && next.stampNs <= ns; next = this.#script[0]) {
      this.#script.shift();
      await this.#moveTo(next.stampNs);
      await this.#assistant.onUtterance(next);
    }
  }

  async #moveTo(ns: TimeNs): Promise<void> {
    await this.#pace(ns);
    this.#clock.advanceTo(ns);
    await this.#assistant.advance();
  }
}
