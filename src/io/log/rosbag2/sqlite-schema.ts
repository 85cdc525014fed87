import type { RawChannel } from '../raw-log.ts';
import { type BagInformation, parseInformation } from './metadata.ts';
import type { SqliteConnection } from './sqlite-file.ts';

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
export function readSchema(file: SqliteConnection, sizeBytes: number): Rosbag2Schema {
  const names = file
    .rows(`SELECT name FROM sqlite_master WHERE type = 'table'`)
    .map(([name]) => String(name));
  const tables = new Set(names);
  for (const table of ['topics', 'messages']) {
    if (tables.has(table)) continue;
    const found = names.length === 0 ? 'it has no tables' : `its tables are ${names.slice(0, 8).join(', ')}`;
    throw new Error(`it has no table \`${table}\`; ${found}`);
  }
  const topicColumns = columnsOf(file, 'topics');
  const [version, rosDistro] = schemaVersion(file, tables, topicColumns);
  const definitions = tables.has('message_definitions') ? readDefinitions(file) : new Map();
  const counts = sizeBytes <= COUNT_BYTES ? countRows(file) : null;
  const metadata = tables.has('metadata') ? readMetadata(file) : null;
  const told = counts === null ? metadata?.topics_with_message_count : undefined;
  const optional = ['offered_qos_profiles', 'type_description_hash'].filter((name) => topicColumns.has(name));
  const columns = ['id', 'name', 'type', 'serialization_format', ...optional].join(', ');
  const channels = file.rows(`SELECT ${columns} FROM topics ORDER BY id`).map((row): RawChannel => {
    const [id, topic, type, format, ...rest] = row;
    const metadata = optional.flatMap((key, index): [string, string][] =>
      rest[index] === '' ? [] : [[key, String(rest[index] ?? '')]],
    );
    const definition = definitions.get(String(type));
    return {
      id: Number(id),
      topic: String(topic),
      messageEncoding: String(format),
      schemaName: String(type),
      schemaEncoding: definition?.encoding ?? '',
      schemaData: definition?.data ?? new Uint8Array(0),
      metadata: new Map(metadata),
      count:
        counts === null
          ? (told?.find(({ topic_metadata }) => topic_metadata.name === topic)?.message_count ?? null)
          : (counts.get(Number(id)) ?? 0),
    };
  });
  const timeIndexed = hasTimeIndex(file);
  return {
    version,
    rosDistro,
    channels,
    timeIndexed,
    indexDamage: timeIndexed && counts !== null ? compareIndex(file, counts) : null,
    messagesCompressed: metadata?.compression_mode?.toUpperCase() === 'MESSAGE',
  };
}

function columnsOf(file: SqliteConnection, table: string): Set<string> {
  return new Set(file.rows(`SELECT name FROM pragma_table_info('${table}')`).map(([name]) => String(name)));
}

function schemaVersion(
  file: SqliteConnection,
  tables: ReadonlySet<string>,
  topicColumns: ReadonlySet<string>,
): [version: number, rosDistro: string] {
  if (tables.has('schema')) {
    const [row] = file.rows(
      'SELECT schema_version, ros_distro FROM schema ORDER BY schema_version DESC LIMIT 1',
    );
    if (row !== undefined) return [Number(row[0]), String(row[1] ?? '')];
  }
  return [topicColumns.has('offered_qos_profiles') ? 2 : 1, ''];
}

interface Definition {
  readonly encoding: string;
  readonly data: Uint8Array;
}

function readDefinitions(file: SqliteConnection): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  const sql = 'SELECT topic_type, encoding, encoded_message_definition FROM message_definitions ORDER BY id';
  for (const [type, encoding, text] of file.rows(sql)) {
    // `unknown` stands for a package that was not installed where it was recorded.
    if (typeof text !== 'string' || text === '' || encoding === 'unknown') continue;
    definitions.set(String(type), { encoding: String(encoding), data: new TextEncoder().encode(text) });
  }
  return definitions;
}

/** Messages by topic id; null where a damaged page is in the way. */
function countRows(file: SqliteConnection): Map<number, number> | null {
  try {
    const rows = file.rows('SELECT topic_id, count(*) FROM messages GROUP BY topic_id');
    return new Map(rows.map(([id, count]) => [Number(id), Number(count)]));
  } catch {
    return null;
  }
}

/** The metadata that the recorder left when it closed the file; null where it can't be used. */
function readMetadata(file: SqliteConnection): BagInformation | null {
  try {
    const [row] = file.rows('SELECT metadata FROM metadata ORDER BY id DESC LIMIT 1');
    return typeof row?.[0] === 'string' ? parseInformation(row[0]) : null;
  } catch {
    return null;
  }
}

function compareIndex(file: SqliteConnection, counts: ReadonlyMap<number, number>): string | null {
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
  try {
    // Between two times, so that it is the index that is counted.
    const sql = 'SELECT count(*) FROM messages WHERE timestamp BETWEEN ? AND ?';
    const [row] = file.rows(sql, -(2n ** 63n), 2n ** 63n - 1n);
    return Number(row![0]) === rows ? null : `its index has ${row![0]} of ${rows} rows`;
  } catch (error) {
    return (error as Error).message;
  }
}

function hasTimeIndex(file: SqliteConnection): boolean {
  const sql = `SELECT 1 FROM pragma_index_list('messages') AS l JOIN pragma_index_info(l.name) AS c
    WHERE l.partial = 0 AND c.seqno = 0 AND c.name = 'timestamp'`;
  return file.rows(sql).length > 0;
}
