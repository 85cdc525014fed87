import { CodriverError, type TimeNs } from '../../../domain/index.ts';
import type { Damage, LogFormat, RawChannel, RawFilter, RawLog, RawMessage } from '../raw-log.ts';
import { openSqliteFile, type SqliteFile } from './sqlite-file.ts';
import { type Position, SqlitePages } from './sqlite-pages.ts';
import { type Rosbag2Schema, readSchema } from './sqlite-schema.ts';

const FIRST_NS = -(2n ** 63n);
const LAST_NS = 2n ** 63n - 1n;

/**
 * Opens a rosbag2 file of the storage `sqlite3` (.db3), versions 1 to 4 of its schema. The file is only read;
 * nothing is left beside it. SQLite has no checksums: of bytes that changed inside a message it can't tell.
 *
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a file that is empty, no SQLite, no rosbag2, or so
 *   damaged that its topics can't be read
 */
export async function openRosbag2Sqlite(path: string): Promise<RawLog> {
  const file = await openSqliteFile(path);
  try {
    await file.refresh();
    return new Rosbag2Sqlite(file, readSchema(file));
  } catch (error) {
    file.close();
    if (error instanceof CodriverError) throw error;
    throw new CodriverError(
      'LOG_UNREADABLE',
      `Log ${path} can't be read as a rosbag2 of storage sqlite3: ${(error as Error).message}.`,
      {
        remedy: 'Copy the log again from where it was recorded; `sqlite3 LOG .recover` may save some of it.',
        cause: error,
      },
    );
  }
}

class Rosbag2Sqlite implements RawLog {
  readonly path: string;
  readonly format: LogFormat = 'rosbag2-sqlite3';
  readonly sizeBytes: number;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly channels: readonly RawChannel[];
  readonly damages: readonly Damage[];
  readonly facts: readonly (readonly [string, string])[];
  readonly #file: SqliteFile;
  #closed = false;

  constructor(file: SqliteFile, schema: Rosbag2Schema) {
    this.#file = file;
    this.path = file.path;
    this.sizeBytes = file.sizeBytes;
    this.channels = schema.channels;
    this.damages = file.damages;
    const [first] = file.rows('SELECT min(timestamp) FROM messages');
    const [last] = file.rows('SELECT max(timestamp) FROM messages');
    this.startNs = (first?.[0] as bigint | null) ?? 0n;
    this.endNs = (last?.[0] as bigint | null) ?? 0n;
    const distro = schema.rosDistro === '' ? '' : `, ROS 2 ${schema.rosDistro}`;
    this.facts = [
      ['storage', `sqlite3, schema version ${schema.version}${distro}`],
      ...(file.usesWal ? [['write-ahead log', 'read with it'] as const] : []),
    ];
  }

  async *messages(filter: RawFilter = {}): AsyncGenerator<RawMessage> {
    const { fromNs = FIRST_NS, toNs = LAST_NS, channelIds } = filter;
    const byId = new Map(this.channels.map((channel) => [channel.id, channel]));
    const pages = new SqlitePages(this.#file, 'messages', channelIds && [...channelIds]);
    let position: Position | null = { timeNs: fromNs, id: FIRST_NS };
    while (position !== null && !this.#closed) {
      const batch = pages.batch(position, toNs);
      position = batch.next;
      for (const { topicId, timeNs, data } of batch.rows) {
        const channel = byId.get(topicId);
        if (channel === undefined) continue;
        yield { channel, logTimeNs: timeNs, publishTimeNs: timeNs, sequence: 0, data };
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#file.close();
  }
}
