import { type JournalEntry, type Scene, toJsonLine } from '../../domain/index.ts';
import { encodeRos } from '../ros-messages/encode.ts';
import { typedEntry } from '../ros-messages/journal-to-ros.ts';
import { nsToRosTime } from '../ros-messages/ros-time.ts';
import { type RosMessageOut, toRos } from '../ros-messages/to-ros.ts';
import type { RosNode, Voice } from './ros-node.ts';
import { OUTPUTS, type OutputName } from './topics.ts';

/** How codriver is, as `~/output/status` says it. */
export interface StatusReport {
  readonly mode: 'FULL' | 'REFLEX_ONLY';
  readonly model: { readonly name: string; readonly sha256: string } | null;
  readonly plannerConnected: boolean;
  readonly faults: readonly string[];
}

/** What the node publishes. Messages nobody hears are not even encoded, but for those that wait for late comers. */
export class Outputs {
  readonly #voices: ReadonlyMap<OutputName, Voice>;
  #lastStatus = '';

  constructor(node: RosNode) {
    this.#voices = new Map(
      Object.entries(OUTPUTS).map(([name, { name: topic, type, qos }]) => [
        name as OutputName,
        node.speak(topic, type, qos),
      ]),
    );
  }

  /** Publishes a journal entry, and what it says in a message of its own type. */
  entry(entry: JournalEntry): void {
    this.#publish('journal', () => toRos(entry));
    const typed = typedEntry(entry);
    if (typed !== null) this.#publish(typed.output, () => typed);
  }

  scene(scene: Scene, limitMps: number | null): void {
    this.#publish('scene', () => ({
      type: OUTPUTS.scene.type,
      message: {
        header: { stamp: nsToRosTime(scene.stampNs), frame_id: 'base_link' },
        speed_mps: scene.vehicle?.speedMps ?? Number.NaN,
        limit_mps: limitMps ?? Number.NaN,
        sign_count: scene.signs.length,
        object_count: scene.objects.length,
        json: toJsonLine(scene),
      },
    }));
  }

  /** Publishes how codriver is where that is news. */
  status(report: StatusReport, stampNs: bigint): void {
    const said = JSON.stringify(report);
    if (said === this.#lastStatus) return;
    this.#lastStatus = said;
    this.#publish('status', () => ({
      type: OUTPUTS.status.type,
      message: {
        header: { stamp: nsToRosTime(stampNs), frame_id: '' },
        mode: report.mode,
        model: report.model?.name ?? '',
        model_sha256: report.model?.sha256 ?? '',
        planner_connected: report.plannerConnected,
        faults: report.faults,
      },
    }));
  }

  diagnostics(message: RosMessageOut): void {
    this.#publish('diagnostics', () => message);
  }

  close(): void {
    for (const voice of this.#voices.values()) voice.close();
  }

  #publish(name: OutputName, message: () => RosMessageOut): void {
    const voice = this.#voices.get(name);
    if (voice === undefined) return;
    if (OUTPUTS[name].qos.durability === 'volatile' && voice.subscriberCount() === 0) return;
    voice.publish(encodeRos(message()));
  }
}
