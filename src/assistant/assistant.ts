import {
  type Clock,
  type Config,
  type Frame,
  type GnssFix,
  type Intent,
  type JournalEntry,
  type Language,
  type Metrics,
  type ModelTier,
  noMetrics,
  type PlannerStatus,
  type RouteContext,
  type Scene,
  type SignDetections,
  type TrackedObjects,
  type Utterance,
  type VehicleState,
} from '../domain/index.ts';
import type { DomainMessage } from '../io/ros-messages/domain-message.ts';
import { type ActiveLaw, activeLaw } from '../law/index.ts';
import type { LanguageModel } from '../llm/index.ts';
import type { PlatePerception } from '../perception/index.ts';
import { SceneBuilder } from '../scene/index.ts';
import { CameraWatch } from './camera-watch.ts';
import { DialogueMemory } from './dialogue-memory.ts';
import { Executive } from './executive.ts';
import type { JournalSink, UnstampedEntry } from './journal.ts';
import { Mind } from './mind.ts';
import { tiersNow, tierText } from './model-tiers.ts';
import type { IntentSink } from './ports.ts';
import { SignWatch } from './sign-watch.ts';

/** Everything an assistant is made of. */
export interface AssistantOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly mode: 'LIVE' | 'LOCKSTEP';
  readonly sink: IntentSink;
  /** null: reflex-only. `loading`: reflex-only until {@link Assistant.adoptModel}. */
  readonly model: LanguageModel | null | 'loading';
  /** null: plates stay unread, and a sign with an unread plate holds without exception. */
  readonly plates: PlatePerception | null;
  readonly journal: JournalSink;
  readonly metrics?: Metrics;
  /** Sequence of the first intent; default 1. A planner takes none that it has seen, not from another run either. */
  readonly firstSequence?: number;
}

/** Journal entries of the vehicle are kept at this distance; the log itself has them all. */
const VEHICLE_ENTRY_EVERY_NS = 100_000_000n;
const GNSS_ENTRY_EVERY_NS = 1_000_000_000n;

/** codriver itself: messages in, journal and intents out. One call at a time in lockstep. */
export class Assistant {
  readonly #options: AssistantOptions;
  readonly #scene: SceneBuilder;
  readonly #signs: SignWatch;
  readonly #dialogue = new DialogueMemory();
  readonly #executive: Executive;
  readonly #mind: Mind;
  readonly #metrics: Metrics;
  readonly #cameras: CameraWatch;
  #lastVehicleEntryNs: bigint | null = null;
  #lastGnssEntryNs: bigint | null = null;
  #lastMotion = '';
  #lastLimit = '';
  #ocrCode = 'OK';

  constructor(options: AssistantOptions) {
    this.#options = options;
    this.#metrics = options.metrics ?? noMetrics;
    this.#scene = new SceneBuilder(options.config);
    this.#signs = new SignWatch(options.config);
    const { config, clock, mode, sink, model, firstSequence } = options;
    const record = (entry: UnstampedEntry): void => this.#record(entry);
    this.#cameras = new CameraWatch({ mode, record });
    const scene = (): Scene => this.#scene.build(clock.nowNs());
    const say = (
      originId: string,
      language: Language,
      stage: 'HEARD' | 'THINKING' | 'VERDICT' | 'STATUS',
      text: string,
    ): void => this.#say(originId, language, stage, text);
    this.#executive = new Executive({ firstSequence, config, clock, sink, record, scene, say });
    this.#mind = new Mind({
      config,
      clock,
      mode,
      model: model === 'loading' ? null : model,
      executive: this.#executive,
      dialogue: this.#dialogue,
      scene,
      record,
      say,
      onModelLost: (error) =>
        this.health('MODEL', 'LOST', error.code, `Reflexes only from here: ${error.message}`),
      onTiers: (tiers) => this.#tellTiers(tiers),
    });
    if (model === null) this.#tellNoModel();
    else if (model === 'loading')
      this.health(
        'MODEL',
        'DEGRADED',
        'MODEL_LOADING',
        'The model is being loaded: only the reflexes (stop, slow down, cancel) work until then.',
      );
    else if (mode === 'LIVE' && model.info.placement !== undefined) this.#tellTiers(tiersNow(model, config));
  }

  /** Takes the model that was being loaded; null: there is none after all. */
  adoptModel(model: LanguageModel | null): void {
    if (model === null) {
      this.#tellNoModel();
      return;
    }
    this.#mind.adoptModel(model);
    this.health('MODEL', 'OK', 'MODEL_READY', 'The model is loaded.');
    const { mode, config } = this.#options;
    if (mode === 'LIVE' && model.info.placement !== undefined) this.#tellTiers(tiersNow(model, config));
  }

  /** The present scene, as prompt and gate would see it. */
  get scene(): Scene {
    return this.#scene.build(this.#options.clock.nowNs());
  }

  /** Takes one message of whatever kind; resolves when it has been dealt with. */
  async take(message: DomainMessage): Promise<void> {
    switch (message.kind) {
      case 'frame':
        return this.onFrame(message.frame);
      case 'utterance':
        return this.onUtterance(message.utterance);
      case 'signs':
        return this.onSigns(message.signs);
      case 'objects':
        return this.onObjects(message.objects);
      case 'vehicle':
        return this.onVehicle(message.vehicle);
      case 'gnss':
        return this.onGnss(message.gnss);
      case 'route':
        return this.onRoute(message.route);
      case 'planner':
        return this.onPlannerStatus(message.planner);
      default:
        return;
    }
  }

  /** Hears an utterance; resolves when the reflex has acted, or in lockstep when the model has answered. */
  async onUtterance(utterance: Utterance): Promise<void> {
    const startedMs = performance.now();
    await this.#mind.hear(utterance);
    this.#metrics.observe('utterance_handled_ms', performance.now() - startedMs);
  }

  /** Takes a camera picture. A broken one is reported once per camera and skipped. */
  onFrame(frame: Frame): Promise<void> {
    return this.#cameras.onFrame(frame);
  }

  /** Takes sign detections, reads the plates from the picture they were found in, and acts on the law. */
  async onSigns(detections: SignDetections): Promise<void> {
    const { plates } = this.#options;
    // A plate is only read from the very picture that its box was found in.
    const image = plates?.needsImage(detections)
      ? await this.#cameras.pictureAt(detections.stampNs, detections.camera)
      : undefined;
    const read = plates === null ? detections : await plates.observe(image, detections);
    if (plates !== null && plates.health.code !== this.#ocrCode) {
      this.#ocrCode = plates.health.code;
      this.health('OCR', plates.health.state, plates.health.code, plates.health.text);
    }
    this.#scene.onSigns(read);
    await this.#obeySigns();
  }

  onObjects(objects: TrackedObjects): void {
    this.#scene.onObjects(objects);
  }

  onRoute(route: RouteContext): void {
    this.#scene.onRoute(route);
  }

  onVehicle(vehicle: VehicleState): void {
    this.#scene.onVehicle(vehicle);
    const last = this.#lastVehicleEntryNs;
    if (last !== null && vehicle.stampNs - last < VEHICLE_ENTRY_EVERY_NS) return;
    this.#lastVehicleEntryNs = vehicle.stampNs;
    this.#record({ type: 'vehicle', vehicle });
    this.#noteLimit(activeLaw(this.scene, this.#options.config));
  }

  /** Records where the car is, for people: nothing is decided by it. */
  onGnss(fix: GnssFix): void {
    const last = this.#lastGnssEntryNs;
    if (last !== null && fix.stampNs - last < GNSS_ENTRY_EVERY_NS) return;
    this.#lastGnssEntryNs = fix.stampNs;
    this.#record({ type: 'gnss', fix });
  }

  /** The planner's news: enters the scene, is recorded when something changed, and is told. */
  onPlannerStatus(planner: PlannerStatus): void {
    this.#scene.onPlanner(planner);
    const motion = `${planner.motion} ${planner.behavior}`;
    if (motion !== this.#lastMotion) {
      this.#lastMotion = motion;
      this.#record({ type: 'planner', planner });
    }
    this.#executive.onPlannerStatus(planner);
  }

  /** The link gave an intent up: it never reached the planner while it was valid. */
  onUndelivered(intent: Intent): void {
    this.#record({
      type: 'intent',
      intent,
      delivery: 'EXPIRED',
      detail: 'never delivered while it was valid',
    });
  }

  /** Lockstep: lets answers arrive whose declared time has come. Call after every move of the clock. */
  async advance(): Promise<void> {
    await this.#mind.advance(this.#options.clock.nowNs());
  }

  /** Records and tells that a part is well, worse or gone. */
  health(
    component: 'MODEL' | 'PLANNER' | 'CAMERA' | 'OCR' | 'LOG' | 'INPUT',
    state: 'OK' | 'DEGRADED' | 'LOST',
    code: string,
    text: string,
  ): void {
    this.#record({ type: 'health', component, state, code, text });
  }

  /** Gives up a running thought. The model and the plate reader belong to the caller. */
  close(): void {
    this.#mind.close();
  }

  #tellNoModel(): void {
    this.health(
      'MODEL',
      'LOST',
      'MODEL_MISSING',
      'No model: only the reflexes (stop, slow down, cancel) work.',
    );
  }

  #tellTiers(tiers: ModelTier[]): void {
    const text = tiers.map(tierText).join(' · ');
    this.#record({ type: 'health', component: 'MODEL', state: 'OK', code: 'MODEL_TIERS', text, tiers });
  }

  async #obeySigns(): Promise<void> {
    const scene = this.scene;
    for (const entry of this.#signs.news(scene)) this.#record(entry);
    const law = activeLaw(scene, this.#options.config);
    this.#noteLimit(law);
    for (const { sign, proposal } of this.#signs.orders(scene, law)) {
      await this.#executive.decide({
        source: 'SIGN',
        originId: sign.id,
        utterance: null,
        proposal,
        latencyMs: 0,
      });
    }
  }

  #noteLimit({ limitMps, limitCauseId }: ActiveLaw): void {
    const limit = `${limitMps} ${limitCauseId}`;
    if (limit === this.#lastLimit) return;
    this.#lastLimit = limit;
    this.#record({
      type: 'limit',
      limitMps,
      ...(limitCauseId === undefined ? {} : { causeId: limitCauseId }),
    });
  }

  #say(
    originId: string,
    language: Language,
    stage: 'HEARD' | 'THINKING' | 'VERDICT' | 'STATUS',
    text: string,
  ): void {
    this.#record({ type: 'reply', originId, language, stage, text });
    // How an intent fares is no answer to what was said: it would push the talk out of the prompt.
    if (stage !== 'VERDICT') return;
    this.#dialogue.add({ stampNs: this.#options.clock.nowNs(), speaker: 'CODRIVER', language, text });
  }

  #record(entry: UnstampedEntry): void {
    // The spread of a union loses its discriminant for the compiler; the shape is an entry's.
    this.#options.journal({ stampNs: this.#options.clock.nowNs(), ...entry } as JournalEntry);
  }
}
