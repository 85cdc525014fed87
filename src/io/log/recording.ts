import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError, type JournalEntry, type TimeNs } from '../../domain/index.ts';
import { makeFolder } from '../folders.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import { typedEntry } from '../ros-messages/journal-to-ros.ts';
import { IMAGE_ANNOTATIONS_TEXT, signBoxes } from '../ros-messages/sign-boxes.ts';
import { isPlainFile, type McapRecordingOptions } from './mcap-recording.ts';
import { LogWriter } from './mcap-writer.ts';

/**
 * Topics of codriver's own recordings, by what they carry. Pictures keep their camera's topic, which is
 * `camera` here where codriver makes them itself.
 */
export const RECORDING_TOPICS = {
  camera: '/sensing/camera/front/image_raw/compressed',
  vehicle: '/vehicle/state',
  objects: '/perception/objects',
  signs: '/perception/signs',
  route: '/planning/route',
  planner: '/planning/status',
  utterance: '/codriver/input/utterance',
  journal: '/codriver/output/journal',
  verdict: '/codriver/output/verdict',
  intent: '/codriver/output/intent',
  intentStatus: '/codriver/output/intent_status',
  reply: '/codriver/output/reply',
  signBoxes: '/codriver/output/sign_boxes',
} as const;

/** A recording under way. */
export interface Recording {
  readonly path: string;
  /**
   * Adds what was heard, or a journal entry; use {@link RECORDING_TOPICS} where the source has no name of
   * its own. Verdicts, intents, their statuses and replies are also written as the messages they are, on their
   * topics, and signs also as boxes to be drawn over the picture. May be called without waiting: a failure
   * that nobody awaits is thrown by `close`.
   *
   * @param stampNs log time
   */
  write(topic: string, value: DomainMessage | JournalEntry, stampNs: TimeNs): Promise<void>;
  /** Ends the files. Errors: DISK_FULL, LOG_WRITE_FAILED, also of earlier writes. */
  close(): Promise<void>;
}

/**
 * Opens a recording of everything codriver hears, decides and says: one MCAP where the path ends in
 * `.mcap`, which is replaced, else a new rosbag2 folder. Folders above it are made.
 *
 * @throws CodriverError BAD_ARGUMENT for a folder that holds something already, LOG_WRITE_FAILED, DISK_FULL
 */
export async function openRecording(
  location: string,
  options: McapRecordingOptions = {},
): Promise<Recording> {
  await makeFolder(path.dirname(path.resolve(location)));
  await refuseUsedFolder(location);
  const log = await LogWriter.create(location, options);
  return {
    path: location,
    async write(topic, value, stampNs) {
      const writes = [log.write(topic, value, stampNs)];
      if (!('kind' in value)) {
        const typed = typedEntry(value);
        if (typed !== null) writes.push(log.writeRos(RECORDING_TOPICS[typed.output], typed, stampNs));
      } else if (value.kind === 'signs') {
        writes.push(
          log.writeRos(RECORDING_TOPICS.signBoxes, signBoxes(value.signs), stampNs, IMAGE_ANNOTATIONS_TEXT),
        );
      }
      // Both are observed, so that neither fails unhandled; the writer gives a failure again at close.
      const results = Promise.all(writes);
      results.catch(() => {});
      await results;
    },
    close: () => log.close(),
  };
}

/** Errors: BAD_ARGUMENT for a folder to record to that holds something; a file is replaced. */
export async function refuseUsedFolder(folder: string): Promise<void> {
  if (isPlainFile(folder)) return;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return;
    throw new CodriverError(
      'LOG_WRITE_FAILED',
      `${folder} can't be recorded to: ${(error as Error).message}.`,
      {
        remedy: 'Name a new folder, or a file that ends in .mcap.',
        cause: error,
      },
    );
  }
  if (names.length === 0) return;
  throw new CodriverError(
    'BAD_ARGUMENT',
    `Folder ${folder} already holds ${names[0]}; nothing is recorded over it.`,
    {
      remedy: 'Name a new folder, or a file that ends in .mcap.',
    },
  );
}
