import { parse } from 'yaml';
import { z } from 'zod';

const topic = z.object({
  topic_metadata: z.object({ name: z.string(), serialization_format: z.string().optional() }),
  message_count: z.int().min(0),
});

/** What is read of rosbag2's `metadata.yaml`, versions 1 to 9; other fields are ignored. */
const information = z.object({
  version: z.int().min(1),
  storage_identifier: z.string().default('sqlite3'),
  relative_file_paths: z.array(z.string()).default([]),
  message_count: z.int().min(0).nullish(),
  topics_with_message_count: z.array(topic).default([]),
  // Since version 3; empty where nothing is compressed.
  compression_format: z.string().nullish(),
  compression_mode: z.string().nullish(),
  ros_distro: z.string().nullish(),
});

/** What rosbag2 knows of a recording. */
export type BagInformation = z.infer<typeof information>;

/** Later versions are read too, and told of. */
export const LATEST_VERSION = 9;

/**
 * The contents of a `metadata.yaml`.
 *
 * @throws Error with a sentence, where it is no metadata of a rosbag2
 */
export function parseMetadata(text: string): BagInformation {
  return check(z.object({ rosbag2_bagfile_information: information }), parse(text))
    .rosbag2_bagfile_information;
}

/**
 * The same as a .db3 has it inside, without the outermost key.
 *
 * @throws Error with a sentence, where it is none
 */
export function parseInformation(text: string): BagInformation {
  return check(information, parse(text));
}

function check<T>(schema: z.ZodType<T>, found: unknown): T {
  const checked = schema.safeParse(found);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  throw new Error(`${issue.path.join('.')}: ${issue.message}`);
}
