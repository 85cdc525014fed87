import { CodriverError, type JournalEntry } from '../../domain/index.ts';
import { diagnosticArray, inputStatus, type PartStatus } from './diagnostics.ts';
import { HealthBoard } from './health-board.ts';
import { Inputs } from './inputs.ts';
import { NodeParameters } from './node-parameters.ts';
import type { Brain, Run } from './node-ports.ts';
import { Outputs } from './outputs.ts';
import type { Settings } from './parameters.ts';
import { type RclLifecycleNode, TRANSITION } from './rcl.ts';
import { RosClock } from './ros-clock.ts';
import { type RosContext, RosNode } from './ros-node.ts';
import { Services } from './services.ts';
import { SimTime } from './sim-time.ts';

const DIAGNOSTICS_MS = 1000;

/** What the node tells whoever runs it. */
export interface NodeListener {
  /** A lifecycle state was reached: `unconfigured`, `inactive`, `active`, `finalized`. */
  readonly onState: (state: string) => void;
  readonly onEntry: (entry: JournalEntry) => void;
  /** Something went wrong that no entry tells of. */
  readonly onError: (error: CodriverError) => void;
}

/** What there is while the node is active. */
interface Active {
  readonly run: Run;
  readonly inputs: Inputs;
  readonly services: Services;
  readonly clock: RosClock;
  /** Under `use_sim_time`. */
  readonly sim: SimTime | undefined;
}

/** The lifecycle node: a shell that turns topics into messages for a {@link Brain}, and its journal into topics. */
export class CodriverNode {
  readonly #node: RosNode<RclLifecycleNode>;
  readonly #brain: Brain;
  readonly #listener: NodeListener;
  readonly #parameters: NodeParameters;
  readonly #health = new HealthBoard();
  #outputs: Outputs | undefined;
  #active: Active | undefined;
  #diagnosing: NodeJS.Timeout | undefined;
  #showing: NodeJS.Timeout | undefined;

  /** @throws CodriverError ROS_FAILED; BAD_ARGUMENT for a parameter that can't be taken */
  constructor(context: RosContext, brain: Brain, defaults: Settings, listener: NodeListener) {
    this.#brain = brain;
    this.#listener = listener;
    this.#node = RosNode.createManaged(context, 'codriver');
    const { native } = this.#node;
    this.#parameters = new NodeParameters(context.rcl, native, defaults, {
      isConfigured: () => this.#outputs !== undefined,
      onChange: (settings) => this.#reconfigure(settings),
    });
    native.registerOnConfigure(() => this.#transition('inactive', () => this.#configure()));
    native.registerOnActivate(() => this.#transition('active', () => this.#activate()));
    native.registerOnDeactivate(() => this.#transition('inactive', () => this.#deactivate()));
    native.registerOnCleanup(() => this.#transition('unconfigured', () => this.#cleanup()));
    native.registerOnShutdown(() => this.#transition('finalized', () => this.#end()));
    // After an error the node is unconfigured again, as though it had just begun.
    native.registerOnError(() => this.#transition('unconfigured', () => this.#end()));
  }

  get settings(): Settings {
    return this.#parameters.settings;
  }

  get state(): string {
    return this.#node.native.currentState.label;
  }

  get fullName(): string {
    return this.#node.fullName;
  }

  /** Begins to listen to the graph; with `autostart` it configures and activates. Errors: ROS_FAILED. */
  start(): void {
    const { autostart } = this.settings.node;
    if (autostart) {
      this.#node.native.configure();
      if (this.state === 'inactive') this.#node.native.activate();
    }
    this.#node.spin();
    if (autostart && this.state !== 'active')
      throw new CodriverError('ROS_FAILED', `${this.fullName} did not become active; it is ${this.state}.`, {
        remedy: 'See the error before this one.',
      });
  }

  /** The brain has loaded, or lost, what it was loading. */
  loaded(): void {
    this.#tellStatus();
  }

  /** Ends the run and the node. */
  async close(): Promise<void> {
    const run = this.#active?.run;
    this.#node.pause();
    if (this.state !== 'finalized') this.#node.native.shutdown();
    await run?.close();
    await this.#brain.unload();
  }

  #transition(state: string, work: () => void): number {
    try {
      work();
    } catch (error) {
      this.#listener.onError(CodriverError.from(error, 'ROS_FAILED'));
      return TRANSITION.FAILURE;
    }
    this.#listener.onState(state);
    return TRANSITION.SUCCESS;
  }

  #configure(): void {
    this.#outputs = new Outputs(this.#node);
    this.#diagnosing = setInterval(() => this.#diagnose(), DIAGNOSTICS_MS);
    this.#brain.load(this.settings);
  }

  #activate(): void {
    const sim = this.#parameters.usesSimTime ? new SimTime(this.#node, () => this.#onSimTime()) : undefined;
    const clock = new RosClock(
      () => sim?.nowNs ?? this.#wallNs(),
      ({ byNs }) => setImmediate(() => this.#onJump(byNs)),
    );
    const run = this.#brain.begin(this.settings.config, clock, (entry) => this.#onEntry(entry));
    let inputs: Inputs | undefined;
    try {
      inputs = new Inputs({
        node: this.#node,
        nowNs: () => clock.nowNs(),
        settings: () => this.settings.node,
        // A simulation whose time has not come says nothing yet.
        take: async (message) => {
          if (clock.nowNs() !== 0n) await run.take(message);
        },
        onFault: (error) => run.inputHealth('DEGRADED', error.code, error.message),
      });
      const services = new Services(this.#node, run, clock, () => this.settings.config);
      this.#active = { run, inputs, services, clock, sim };
    } catch (error) {
      inputs?.close();
      sim?.close();
      void run.close();
      throw error;
    }
    if (sim !== undefined)
      run.inputHealth('DEGRADED', 'CLOCK_MISSING', 'use_sim_time is set and nothing has come on /clock.');
    this.#scheduleScene();
    this.#tellStatus();
  }

  #deactivate(): void {
    const active = this.#active;
    if (active === undefined) return;
    this.#active = undefined;
    clearInterval(this.#showing);
    active.services.close();
    active.inputs.close();
    active.sim?.close();
    void active.run.close();
    this.#health.clear();
  }

  #cleanup(): void {
    clearInterval(this.#diagnosing);
    this.#outputs?.close();
    this.#outputs = undefined;
    void this.#brain.unload();
  }

  #end(): void {
    this.#deactivate();
    this.#cleanup();
  }

  /** Another drive: with nothing of this one in its memory. */
  #beginAnew(): void {
    this.#deactivate();
    this.#activate();
  }

  /** A simulation that begins anew is a new drive; one that leaps ahead is the same. */
  #onJump(byNs: bigint): void {
    const active = this.#active;
    if (active === undefined) return;
    const seconds = (Number(byNs) / 1e9).toFixed(1);
    if (byNs > 0n) {
      active.run.inputHealth('DEGRADED', 'CLOCK_JUMPED', `ROS time leapt ${seconds} s ahead.`);
      return;
    }
    this.#node.pause();
    this.#beginAnew();
    this.#node.spin();
    this.#active?.run.inputHealth(
      'DEGRADED',
      'CLOCK_JUMPED',
      `ROS time went back ${seconds.slice(1)} s: a new run has begun.`,
    );
  }

  #onSimTime(): void {
    this.#active?.run.inputHealth('OK', 'CLOCK_THERE', '/clock has come.');
  }

  #wallNs(): bigint {
    return this.#node.native.getClock().now().nanoseconds;
  }

  #reconfigure(settings: Settings): void {
    const active = this.#active;
    if (active === undefined) return;
    // Another clock is another drive.
    if ((active.sim !== undefined) !== this.#parameters.usesSimTime) {
      this.#beginAnew();
      return;
    }
    active.run.reconfigure(settings.config);
    this.#scheduleScene();
  }

  #onEntry(entry: JournalEntry): void {
    this.#health.onEntry(entry);
    this.#outputs?.entry(entry);
    this.#listener.onEntry(entry);
    if (entry.type === 'health') this.#tellStatus();
  }

  #tellStatus(): void {
    const clock = this.#active?.clock;
    if (clock === undefined) return;
    this.#outputs?.status(
      {
        mode: this.#brain.model === null || this.#health.isLost('MODEL') ? 'REFLEX_ONLY' : 'FULL',
        model: this.#brain.model,
        plannerConnected: !this.#health.isLost('PLANNER') && this.#health.knows('PLANNER'),
        faults: this.#health.faults(),
      },
      clock.nowNs(),
    );
  }

  #scheduleScene(): void {
    const { sceneHz } = this.settings.node;
    clearInterval(this.#showing);
    if (sceneHz > 0 && this.#active !== undefined)
      this.#showing = setInterval(() => this.#showScene(), 1000 / sceneHz);
  }

  #showScene(): void {
    if (this.#active === undefined) return;
    const { scene, limitMps } = this.#active.run.look();
    this.#outputs?.scene(scene, limitMps);
  }

  #diagnose(): void {
    const nowNs = this.#active?.clock.nowNs() ?? this.#wallNs();
    this.#outputs?.diagnostics(diagnosticArray(this.fullName, 'codriver', this.#partStatuses(nowNs), nowNs));
  }

  #partStatuses(nowNs: bigint): PartStatus[] {
    const inputs = this.#active?.inputs;
    const { cameraTimeoutS, signsTimeoutS } = this.settings.node;
    const model = this.#brain.model;
    const modelValues = { model: model?.name ?? 'none', sha256: model?.sha256 ?? '' };
    const plannerValues = { address: this.settings.config.planner.address };
    if (inputs === undefined) {
      const inactive = (part: PartStatus['part'], values = {}): PartStatus => ({
        part,
        level: 'STALE',
        message: `the node is ${this.state}`,
        values,
      });
      return [
        inactive('camera'),
        inactive('speech'),
        inactive('signs'),
        inactive('model', modelValues),
        inactive('planner', plannerValues),
      ];
    }
    return [
      this.#health.worsen('CAMERA', inputStatus('camera', inputs.report('camera'), nowNs, cameraTimeoutS)),
      inputStatus('speech', inputs.report('speech'), nowNs, undefined),
      this.#health.worsen('OCR', inputStatus('signs', inputs.report('signs'), nowNs, signsTimeoutS)),
      this.#health.statusOf('MODEL', 'model', modelValues),
      this.#health.statusOf('PLANNER', 'planner', plannerValues),
    ];
  }
}
