import type {
  Clock,
  Config,
  IntentStatus,
  JournalEntry,
  Scene,
  Utterance,
  Verdict,
} from '../../domain/index.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import type { Settings } from './parameters.ts';

/** What the node is a shell of. Nothing here knows ROS. */
export interface Brain {
  /** Begins to load what settings name; returns at once. What was loaded before is kept where it is the same. */
  load(settings: Settings): void;
  /** Begins a run: its own memory of signs, talk and intents. */
  begin(config: Config, clock: Clock, journal: (entry: JournalEntry) => void): Run;
  /** The model that is loaded; null without one. */
  readonly model: { readonly name: string; readonly sha256: string } | null;
  /** Frees what was loaded. */
  unload(): Promise<void>;
}

/** One run, from activation to deactivation. */
export interface Run {
  take(message: DomainMessage): Promise<void>;
  /** Scene and limit in force, m/s; null: no limit is known. */
  look(): { readonly scene: Scene; readonly limitMps: number | null };
  /** Takes another configuration from now on. */
  reconfigure(config: Config): void;
  /** Tells that what comes in is well or not. */
  inputHealth(state: 'OK' | 'DEGRADED' | 'LOST', code: string, text: string): void;
  /** Says something in a passenger's place. */
  say(utterance: Utterance, onStatus: (status: IntentStatus) => void): Saying;
  close(): Promise<void>;
}

/** Something that was said, on its way. */
export interface Saying {
  /** Resolves with the verdict and what the passenger was told; null where the run ended before. */
  readonly answer: Promise<{ readonly verdict: Verdict; readonly reply: string } | null>;
  /** Resolves when every intent of it has ended, with where each stands. */
  readonly ended: Promise<readonly IntentStatus[]>;
  /** Withdraws its intents. */
  cancel(): Promise<void>;
}
