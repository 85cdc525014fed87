import { LiveRun, type NamedModel } from '../assistant/index.ts';
import type { Clock, Config, JournalEntry } from '../domain/index.ts';
import type { Brain, Run, Settings } from '../io/ros/index.ts';
import { PlatePerception, type PlateReader } from '../perception/index.ts';
import { isSameModel, loadModelOrReflexOnly } from './parts.ts';

interface LiveBrainOptions {
  /** False: reflexes only. */
  readonly withModel: boolean;
  readonly plates: PlateReader | null;
  /** A model was loaded, or could not be. */
  readonly onLoaded: () => void;
}

interface Loading {
  readonly config: Config;
  readonly done: Promise<NamedModel | null>;
}

/** What the node is a shell of: the model, which outlives runs, and the run under way. */
export class LiveBrain implements Brain {
  readonly #options: LiveBrainOptions;
  #loading: Loading | null = null;
  #loaded: NamedModel | null | undefined;
  #run: LiveRun | null = null;

  constructor(options: LiveBrainOptions) {
    this.#options = options;
  }

  get model(): { readonly name: string; readonly sha256: string } | null {
    return this.#loaded ?? null;
  }

  load({ config }: Settings): void {
    if (!this.#options.withModel) {
      this.#loaded = null;
      return;
    }
    if (this.#loading !== null && isSameModel(this.#loading.config, config)) return;
    void this.unload();
    const loading: Loading = { config, done: loadModelOrReflexOnly(config, false) };
    this.#loading = loading;
    void loading.done.then((loaded) => {
      if (this.#loading !== loading) return;
      this.#loaded = loaded;
      this.#run?.adoptModel(loaded);
      this.#options.onLoaded();
    });
  }

  begin(config: Config, clock: Clock, journal: (entry: JournalEntry) => void): Run {
    const { plates } = this.#options;
    const run = new LiveRun({
      title: 'ROS 2',
      config,
      clock,
      model: this.#loaded === undefined ? 'loading' : this.#loaded,
      plates: plates === null ? null : new PlatePerception(plates),
      journal,
    });
    this.#run = run;
    return run;
  }

  async unload(): Promise<void> {
    const loading = this.#loading;
    this.#loading = null;
    this.#loaded = undefined;
    await (await loading?.done)?.model.close();
  }
}
