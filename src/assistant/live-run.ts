import type { Clock, Config, IntentStatus, JournalEntry, Scene, Utterance } from '../domain/index.ts';
import type { DomainMessage } from '../io/ros-messages/domain-message.ts';
import { activeLaw } from '../law/index.ts';
import type { PlatePerception } from '../perception/index.ts';
import { PlannerLink } from '../planner/index.ts';
import { Assistant } from './assistant.ts';
import type { JournalSink } from './journal.ts';
import { type Followed, OriginWatch } from './origin-watch.ts';
import { rehearse } from './rehearsal.ts';
import { type NamedModel, runEntry } from './run-entry.ts';

interface LiveRunOptions {
  readonly title: string;
  readonly config: Config;
  readonly clock: Clock;
  /** null: reflex-only. `loading`: reflex-only until {@link LiveRun.adoptModel}. */
  readonly model: NamedModel | null | 'loading';
  readonly plates: PlatePerception | null;
  readonly journal: JournalSink;
}

/** Something that was said, on its way. */
interface Saying extends Omit<Followed, 'intentIds'> {
  /** Withdraws its intents. */
  cancel(): Promise<void>;
}

/**
 * codriver on the road: an assistant in live mode, and its link to the car's planner. Whoever brings messages and time —
 * ROS, a test bench — drives it.
 */
export class LiveRun {
  /** The configuration in force; replaced in place, since everything reads it when it decides. */
  readonly #config: Config;
  readonly #assistant: Assistant;
  readonly #link: PlannerLink;
  readonly #watch = new OriginWatch();
  readonly #clock: Clock;
  readonly #journal: JournalSink;
  readonly #title: string;

  constructor(options: LiveRunOptions) {
    const { clock, plates } = options;
    this.#config = structuredClone(options.config);
    this.#clock = clock;
    this.#title = options.title;
    this.#journal = (entry: JournalEntry): void => {
      this.#watch.onEntry(entry);
      options.journal(entry);
    };
    const { address, heartbeatMs, deadlineMs } = this.#config.planner;
    this.#link = new PlannerLink({ address, clock, heartbeatMs, deadlineMs });
    const model = options.model;
    this.#tellRun(model === 'loading' ? null : model);
    this.#assistant = new Assistant({
      config: this.#config,
      clock,
      mode: 'LIVE',
      sink: this.#link,
      model: model === 'loading' ? model : (model?.model ?? null),
      plates,
      journal: this.#journal,
      // Wall time: a run after this one, of another process too, goes on above it.
      firstSequence: Date.now(),
    });
    this.#listen();
    // Where it fails, so will the first order, which is told of.
    void rehearse(this.#config).catch(() => {});
  }

  /** Takes what came in. A route from the planner itself counts for more than one from elsewhere. */
  async take(message: DomainMessage): Promise<void> {
    if (message.kind === 'route' && this.#link.health.state === 'UP') return;
    await this.#assistant.take(message);
  }

  /** Takes the model that was being loaded; null: there is none after all. */
  adoptModel(model: NamedModel | null): void {
    if (model !== null) this.#tellRun(model);
    this.#assistant.adoptModel(model?.model ?? null);
  }

  /** Scene and limit in force, m/s; null: no limit is known. */
  look(): { readonly scene: Scene; readonly limitMps: number | null } {
    const { scene } = this.#assistant;
    return { scene, limitMps: activeLaw(scene, this.#config).limitMps };
  }

  /** Takes another configuration from the next decision on. Model and planner stay what they are. */
  reconfigure(config: Config): void {
    const { vehicle, region, seats, gate, thought } = structuredClone(config);
    Object.assign(this.#config, { vehicle, region, seats, gate, thought });
  }

  /** Tells that what comes in is well or not. */
  inputHealth(state: 'OK' | 'DEGRADED' | 'LOST', code: string, text: string): void {
    this.#assistant.health('INPUT', state, code, text);
  }

  /** Says something in a passenger's place. */
  say(utterance: Utterance, onStatus: (status: IntentStatus) => void): Saying {
    const { answer, ended, intentIds } = this.#watch.follow(utterance.id, onStatus);
    void this.#assistant.onUtterance(utterance);
    return {
      answer,
      ended,
      cancel: async () => {
        const ids = intentIds();
        if (ids.length > 0) await this.#link.cancel(ids);
      },
    };
  }

  /** Ends the run. The model and the plate reader belong to the caller. */
  async close(): Promise<void> {
    this.#assistant.close();
    await this.#link.close();
    this.#watch.close();
  }

  #listen(): void {
    const link = this.#link;
    const assistant = this.#assistant;
    link.onUndelivered((intent) => assistant.onUndelivered(intent));
    link.onStatus((status) => assistant.onPlannerStatus(status));
    link.onRoute((route) => assistant.onRoute(route));
    link.onHealth(({ state, detail }) =>
      state === 'UP'
        ? assistant.health('PLANNER', 'OK', 'PLANNER_BACK', 'The planner answers.')
        : assistant.health(
            'PLANNER',
            'LOST',
            'PLANNER_UNREACHABLE',
            `The planner does not answer (${detail}); the car drives on by its own plan.`,
          ),
    );
    void link.connect();
  }

  #tellRun(model: NamedModel | null): void {
    const stampNs = this.#clock.nowNs();
    const { timeZone } = this.#config.region;
    this.#journal(runEntry({ stampNs, title: this.#title, mode: 'LIVE', loop: 'CLOSED', model, timeZone }));
  }
}
