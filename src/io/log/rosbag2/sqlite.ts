import { CodriverError, type TimeNs } from '../../../domain/index.ts';
import type { Damage, LogFormat, RawChannel, RawFilter, RawLog, RawMessage } from '../raw-log.ts';
import { withMessagesUnpacked } from './compressed-messages.ts';
import { openSqliteFile, type SqliteConnection, type SqliteFile } from './sqlite-file.ts';
import { BY_TIME, salvageByTime } from './sqlite-order.ts';
import { SqlitePass } from './sqlite-pass.ts';
import { type Rosbag2Schema, readSchema } from './sqlite-schema.ts';
import { FIRST, LAST } from './sqlite-window.ts';

/**
 * Opens a rosbag2 file of the storage `sqlite3` (.db3), versions 1 to 4 of its schema. The file is only read;
 * nothing is left beside it. SQLite has no checksums: of bytes that changed inside a message it can't tell.
 *
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a file that is empty, no SQLite, no rosbag2, or so
 *   damaged that its topics can't be read
 */
export async function openRosbag2Sqlite(path: string): Promise<RawLog> {
  const file = await openSqliteFile(path);
  const damages = [...file.damages];
  try {
    const connection = file.connect();
    try {
      const schema = readSchema(connection, file.sizeBytes, (damage) => damages.push(damage));
      const span = readSpan(connection, schema, damages);
      const log = new Rosbag2Sqlite(file, schema, span, damages);
      return schema.messagesCompressed ? withMessagesUnpacked(log) : log;
    } finally {
      connection.close();
    }
  } catch (error) {
    await file.close();
    if (error instanceof CodriverError) throw error;
    throw new CodriverError(
      'LOG_UNREADABLE',
      `Log ${path} can't be read as a rosbag2 of storage sqlite3: ${(error as Error).message}.`,
      {
        remedy: 'Copy the log again from where it was recorded; `sqlite3 LOG .recover` may save some of it.',
        details: { path, damages },
        cause: error,
      },
    );
  }
}

/** First and last time of the messages. */
interface Span {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** True where the index is wrong or can't be read. */
  readonly indexDamaged: boolean;
}

function readSpan(connection: SqliteConnection, schema: Rosbag2Schema, damages: Damage[]): Span {
  const read = (table: string): [TimeNs, TimeNs] => {
    // Two queries, since SQLite answers each by one look into the index.
    const [first, last] = ['min', 'max'].map((end) => {
      const sql = `SELECT ${end}(timestamp) FROM ${table} WHERE timestamp BETWEEN ? AND ?`;
      return connection.rows(sql, FIRST, LAST)[0]?.[0] ?? 0n;
    });
    if (typeof first !== 'bigint' || typeof last !== 'bigint') throw new Error('a time is no integer');
    return [first, last];
  };
  let why = schema.indexDamage;
  try {
    if (why === null) {
      const [startNs, endNs] = read('messages');
      return { startNs, endNs, indexDamaged: false };
    }
  } catch (error) {
    why = (error as Error).message;
  }
  damages.push({ offset: null, why: `${why}; its rows are read one by one, without the index` });
  salvageByTime(connection, (damage) => damages.push(damage));
  const [startNs, endNs] = read(BY_TIME);
  return { startNs, endNs, indexDamaged: true };
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
  readonly #timeIndexed: boolean;
  readonly #indexDamaged: boolean;
  readonly #byTopicId: ReadonlyMap<bigint, RawChannel>;
  #closed = false;

  constructor(file: SqliteFile, schema: Rosbag2Schema, span: Span, damages: readonly Damage[]) {
    this.#file = file;
    this.path = file.path;
    this.sizeBytes = file.sizeBytes;
    this.channels = schema.channels;
    this.damages = damages;
    this.startNs = span.startNs;
    this.endNs = span.endNs;
    this.#timeIndexed = schema.timeIndexed;
    this.#indexDamaged = span.indexDamaged;
    this.#byTopicId = new Map(this.channels.map((channel) => [BigInt(channel.id), channel]));
    const distro = schema.rosDistro === '' ? '' : `, ROS 2 ${schema.rosDistro}`;
    this.facts = [
      ['storage', `sqlite3, schema version ${schema.version}${distro}`],
      ...(schema.timeIndexed ? [] : [['index', 'none: every pass sorts first'] as const]),
      ...(file.usesWal ? [['write-ahead log', 'read with it'] as const] : []),
    ];
  }

  messages(filter: RawFilter = {}): AsyncIterable<RawMessage> {
    const { fromNs, toNs, channelIds, onDamage } = filter;
    return {
      [Symbol.asyncIterator]: () =>
        new SqlitePass(this.#file, {
          fromNs,
          toNs,
          topicIds: channelIds && new Set([...channelIds].map(BigInt)),
          channels: this.#byTopicId,
          timeIndexed: this.#timeIndexed,
          indexDamaged: this.#indexDamaged,
          onDamage: (damage) => onDamage?.(damage),
          isClosed: () => this.#closed,
        }),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#file.close();
  }
}
