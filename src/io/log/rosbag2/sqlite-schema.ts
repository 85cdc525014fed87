import { parse } from 'yaml';
import { z } from 'zod';
import type { RawChannel } from '../raw-log.ts';
import type { SqliteFile, SqlValue } from './sqlite-file.ts';

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
}

/**
 * Reads topics, definitions and counts. Versions 1 and 2 lack the QoS profiles or the schema table, version 3
 * lacks the definitions (rosbag2_storage_sqlite3, sqlite_storage.cpp).
 *
 * @throws Error where the tables of a rosbag2 are not there or can't be read
 */
export function readSchema(file: SqliteFile): Rosbag2Schema {
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
  const counts = file.sizeBytes <= COUNT_BYTES ? countRows(file) : null;
  const told = counts === null && tables.has('metadata') ? readToldCounts(file) : null;
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
      count: counts === null ? (told?.get(String(topic)) ?? null) : (counts.get(Number(id)) ?? 0),
    };
  });
  return { version, rosDistro, channels, timeIndexed: hasTimeIndex(file) };
}

function columnsOf(file: SqliteFile, table: string): Set<string> {
  return new Set(file.rows(`SELECT name FROM pragma_table_info('${table}')`).map(([name]) => String(name)));
}

function schemaVersion(
  file: SqliteFile,
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

function readDefinitions(file: SqliteFile): Map<string, Definition> {
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
function countRows(file: SqliteFile): Map<number, number> | null {
  try {
    const rows = file.rows('SELECT topic_id, count(*) FROM messages GROUP BY topic_id');
    return new Map(rows.map(([id, count]) => [Number(id), Number(count)]));
  } catch {
    return null;
  }
}

const toldCounts = z.object({
  topics_with_message_count: z.array(
    z.object({ topic_metadata: z.object({ name: z.string() }), message_count: z.int().min(0) }),
  ),
});

/** Counts by topic name from the metadata that the recorder left when it closed the file. */
function readToldCounts(file: SqliteFile): Map<string, number> | null {
  let text: SqlValue | undefined;
  try {
    [text] = file.rows('SELECT metadata FROM metadata ORDER BY id DESC LIMIT 1')[0] ?? [];
    const told = toldCounts.safeParse(parse(String(text)));
    if (!told.success) return null;
    const counts = told.data.topics_with_message_count;
    return new Map(counts.map(({ topic_metadata, message_count }) => [topic_metadata.name, message_count]));
  } catch {
    return null;
  }
}

function hasTimeIndex(file: SqliteFile): boolean {
  const sql = `SELECT 1 FROM pragma_index_list('messages') AS l JOIN pragma_index_info(l.name) AS c
    WHERE l.partial = 0 AND c.seqno = 0 AND c.name = 'timestamp'`;
  return file.rows(sql).length > 0;
}
