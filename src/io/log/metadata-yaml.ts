import { open, rename } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { TimeNs } from '../../domain/index.ts';
import { writeError } from './durable-file.ts';

/** One file of a recording. */
export interface RecordedFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly messageCount: number;
}

/** One topic of a recording, all files together. */
export interface RecordedTopic {
  readonly name: string;
  readonly type: string;
  /** `cdr`, `ros1`, `json` … */
  readonly messageEncoding: string;
  /** As MCAP channels carry it: YAML in a string, or empty. */
  readonly qosProfiles: string;
  /** `RIHS01_…` where known, else empty. */
  readonly typeHash: string;
  readonly messageCount: number;
}

/** The layout's version of ROS 2 Jazzy and later: QoS as a list with names. */
const VERSION = 9;

/** rosbag2's names of what earlier layouts give as numbers (rmw/types.h). */
const QOS_NAMES: Readonly<Record<string, readonly string[]>> = {
  history: ['system_default', 'keep_last', 'keep_all', 'unknown'],
  reliability: ['system_default', 'reliable', 'best_effort', 'unknown', 'best_available'],
  durability: ['system_default', 'transient_local', 'volatile', 'unknown', 'best_available'],
  liveliness: ['system_default', 'automatic', 'manual_by_node', 'manual_by_topic', 'unknown'],
};

/** The text of a rosbag2 `metadata.yaml`. */
export function metadataYaml(files: readonly RecordedFile[], topics: readonly RecordedTopic[]): string {
  const filled = files.filter((file) => file.messageCount > 0);
  const [startNs = 0n] = filled.map((file) => file.startNs).toSorted(ascending);
  const [endNs = 0n] = filled.map((file) => file.endNs).toSorted((a, b) => ascending(b, a));
  return stringify(
    {
      rosbag2_bagfile_information: {
        version: VERSION,
        storage_identifier: 'mcap',
        duration: { nanoseconds: endNs - startNs },
        starting_time: { nanoseconds_since_epoch: startNs },
        message_count: files.reduce((sum, file) => sum + file.messageCount, 0),
        topics_with_message_count: topics.map((topic) => ({
          topic_metadata: {
            name: topic.name,
            type: topic.type,
            serialization_format: topic.messageEncoding,
            offered_qos_profiles: namedQos(topic.qosProfiles),
            type_description_hash: topic.typeHash,
          },
          message_count: topic.messageCount,
        })),
        compression_format: '',
        compression_mode: '',
        relative_file_paths: files.map((file) => file.path),
        files: files.map((file) => ({
          path: file.path,
          starting_time: { nanoseconds_since_epoch: file.startNs },
          duration: { nanoseconds: file.endNs - file.startNs },
          message_count: file.messageCount,
        })),
        custom_data: null,
        ros_distro: '',
      },
    },
    { nullStr: '~', lineWidth: 0 },
  );
}

/** Replaces the file in one step, so that there is always a whole one. */
export async function writeMetadataYaml(path: string, text: string): Promise<void> {
  const next = `${path}.new`;
  try {
    const handle = await open(next, 'w');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, path);
  } catch (error) {
    throw writeError(path, error);
  }
}

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function namedQos(text: string): unknown[] {
  let profiles: unknown;
  try {
    profiles = parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(profiles)) return [];
  return profiles.filter(isRecord).map((profile) => {
    const named = Object.entries(profile).map(([key, value]) => [
      key,
      typeof value === 'number' ? (QOS_NAMES[key]?.[value] ?? value) : value,
    ]);
    return Object.fromEntries(named);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
