import type { Damage, RawChannel } from '../raw-log.ts';
import { type BagInformation, parseInformation } from './metadata.ts';
import type { SqliteConnection, SqlValue } from './sqlite-file.ts';
import { FIRST, LAST } from './sqlite-window.ts';

/** Up to this size the rows of every topic are counted on opening; a larger file's counts are its metadata's. */
const COUNT_BYTES = 64 * 1024 * 1024;

/** What the tables beside `messages` say. */
export interface Rosbag2Schema {
  /** Version of rosbag2_storage_sqlite3's schema: 1 to 4. */
  readonly version: number;
  readonly rosDistro: string;
  readonly channels: readonly RawChannel[];
  /** True where an index leads from time to message. */
  readonly timeIndexed: boolean;
  /** What contradicts the index, by a count; null where nothing does, or the file is too large to count. */
  readonly indexDamage: string | null;
  /** True where every message was compressed on its own. */
  readonly messagesCompressed: boolean;
}

/**
 * Reads topics, definitions and counts. Versions 1 and 2 lack the QoS profiles or the schema table, version 3
 * lacks the definitions (rosbag2_storage_sqlite3, sqlite_storage.cpp).
 *
 * @throws Error where the tables of a rosbag2 are not there or can't be read
 */
export function readSchema(
  file: SqliteConnection,
  sizeBytes: number,
  onDamage: (damage: Damage) => void,
): Rosbag2Schema {
  const names = tableNames(file);
  const tables = new Set(names);
  for (const table of ['topics', 'messages']) {
    if (tables.has(table)) continue;
    const found = names.length === 0 ? 'it has no tables' : `its tables are ${names.slice(0, 8).join(', ')}`;
    throw new Error(`it has no table \`${table}\`; ${found}`);
  }
  const topicColumns = columnsOf(file, 'topics');
  const [version, rosDistro] = schemaVersion(file, tables, topicColumns);
  const definitions = tables.has('message_definitions') ? readDefinitions(file, onDamage) : new Map();
  const counts = sizeBytes <= COUNT_BYTES ? countRows(file) : null;
  const metadata = tables.has('metadata') ? readMetadata(file) : null;
  const told = counts === null ? metadata?.topics_with_message_count : undefined;
  const optional = ['offered_qos_profiles', 'type_description_hash'].filter((name) => topicColumns.has(name));
  const columns = ['name', 'type', 'serialization_format', ...optional].map(bytesOf).join(', ');
  const channels = file.rows(`SELECT id, ${columns} FROM topics ORDER BY id`).map((row): RawChannel => {
    const id = Number(row[0]);
    const [topic, type, format, ...rest] = row.slice(1).map(textOf);
    const metadata = optional.flatMap((key, index): [string, string][] =>
      rest[index] === '' ? [] : [[key, rest[index]!]],
    );
    const definition = definitions.get(type!);
    return {
      id,
      topic: topic!,
      messageEncoding: format!,
      schemaName: type!,
      schemaEncoding: definition?.encoding ?? '',
      schemaData: definition?.data ?? new Uint8Array(0),
      metadata: new Map(metadata),
      count:
        counts === null
          ? (told?.find(({ topic_metadata }) => topic_metadata.name === topic)?.message_count ?? null)
          : (counts.byTopic.get(id) ?? 0),
    };
  });
  const timeIndexed = hasTimeIndex(file);
  return {
    version,
    rosDistro,
    channels,
    timeIndexed,
    indexDamage: timeIndexed && counts !== null ? compareIndex(file, counts.checksum) : null,
    messagesCompressed: metadata?.compression_mode?.toUpperCase() === 'MESSAGE',
  };
}

/**
 * The tables. The text of the schema has to be UTF-8 as a whole, since libsql ends the process for the name or
 * the type of a column that is not.
 */
function tableNames(file: SqliteConnection): string[] {
  const columns = ['type', 'name', 'sql'].map(bytesOf).join(', ');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  return file.rows(`SELECT ${columns}, rootpage > 0 FROM sqlite_master`).flatMap((row) => {
    const texts = row.slice(0, 3).map((text) => {
      try {
        return utf8.decode(text instanceof Uint8Array ? text : new Uint8Array(0));
      } catch (error) {
        throw new Error('its schema is damaged', { cause: error });
      }
    });
    return texts[0] === 'table' && row[3] === 1n ? [texts[1]!] : [];
  });
}

function columnsOf(file: SqliteConnection, table: string): Set<string> {
  const columns = file.rows(`SELECT ${bytesOf('name')} FROM pragma_table_info('${table}')`);
  return new Set(columns.map(([name]) => textOf(name)));
}

function schemaVersion(
  file: SqliteConnection,
  tables: ReadonlySet<string>,
  topicColumns: ReadonlySet<string>,
): [version: number, rosDistro: string] {
  if (tables.has('schema')) {
    const columns = `schema_version | 0, ${bytesOf('ros_distro')}`;
    const [row] = file.rows(`SELECT ${columns} FROM schema ORDER BY schema_version DESC LIMIT 1`);
    if (row !== undefined) return [Number(row[0]), textOf(row[1])];
  }
  return [topicColumns.has('offered_qos_profiles') ? 2 : 1, ''];
}

interface Definition {
  readonly encoding: string;
  readonly data: Uint8Array;
}

function readDefinitions(
  file: SqliteConnection,
  onDamage: (damage: Damage) => void,
): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  const columns = ['topic_type', 'encoding', 'encoded_message_definition'].map(bytesOf).join(', ');
  try {
    for (const [type, encoding, data] of file.rows(
      `SELECT ${columns} FROM message_definitions ORDER BY id`,
    )) {
      // `unknown` stands for a package that was not installed where it was recorded.
      if (!(data instanceof Uint8Array) || data.length === 0 || textOf(encoding) === 'unknown') continue;
      definitions.set(textOf(type), { encoding: textOf(encoding), data: new Uint8Array(data) });
    }
  } catch (error) {
    onDamage({ offset: null, why: `its message definitions can't be read: ${(error as Error).message}` });
  }
  return definitions;
}

/** What can be summed up in the table and in its index alike. */
const CHECKSUM = 'count(*), sum(id % 2147483647)';

interface RowCounts {
  readonly byTopic: ReadonlyMap<number, number>;
  /** Sums of {@link CHECKSUM} over the table. */
  readonly checksum: readonly bigint[];
}

/** Null where a damaged page is in the way. */
function countRows(file: SqliteConnection): RowCounts | null {
  try {
    const rows = file.rows(`SELECT topic_id | 0 AS topic, ${CHECKSUM} FROM messages GROUP BY topic`);
    const sums = rows.map((row) => row.slice(1) as bigint[]);
    return {
      byTopic: new Map(rows.map(([id, count]) => [Number(id), Number(count)])),
      checksum: [0, 1].map((column) => sums.reduce((sum, row) => sum + row[column]!, 0n)),
    };
  } catch {
    return null;
  }
}

/** The metadata that the recorder left when it closed the file; null where it can't be used. */
function readMetadata(file: SqliteConnection): BagInformation | null {
  try {
    const [row] = file.rows(`SELECT ${bytesOf('metadata')} FROM metadata ORDER BY id DESC LIMIT 1`);
    return row === undefined ? null : parseInformation(textOf(row[0]));
  } catch {
    return null;
  }
}

function compareIndex(file: SqliteConnection, expected: readonly bigint[]): string | null {
  try {
    // Between two times, so that it is the index that is read.
    const sql = `SELECT ${CHECKSUM} FROM messages WHERE timestamp BETWEEN ? AND ?`;
    const [found] = file.rows(sql, FIRST, LAST);
    if (found![0] !== expected[0]) return `its index has ${found![0]} of ${expected[0]} rows`;
    // A time that differs is met, and told of, where its row is read.
    return (found![1] ?? 0n) === expected[1] ? null : 'its index leads to other rows than there are';
  } catch (error) {
    return (error as Error).message;
  }
}

function hasTimeIndex(file: SqliteConnection): boolean {
  const sql = `SELECT 1 FROM pragma_index_list('messages') AS l JOIN pragma_index_info(l.name) AS c
    WHERE l.partial = 0 AND c.seqno = 0 AND c.name = 'timestamp'`;
  return file.rows(sql).length > 0;
}

/** A text column as bytes: libsql ends the process for a text that is no UTF-8. */
const bytesOf = (column: string): string => `CAST(${column} AS BLOB)`;

function textOf(value: SqlValue | undefined): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}
