import type { TimeNs } from '../../../domain/index.ts';
import type { SqliteConnection, SqlValue } from './sqlite-file.ts';

/** The least and the greatest integer of SQLite. */
export const FIRST = -(2n ** 63n);
export const LAST = 2n ** 63n - 1n;

/** Larger messages come as their ids, to be fetched alone: libsql takes a hundred rows at a time. */
const MAX_INLINE_BYTES = 128 * 1024;

/** A row's place in the order of messages. */
export type Position = readonly [timeNs: TimeNs, id: bigint];

/** A query's rows between two positions. */
export interface Window {
  /** Time, topic id, and the data; the row's id where the data are large or contradict the index. */
  readonly rows: Iterator<SqlValue[]>;
  /** How many there are by the index; null where only some are wanted. */
  readonly expected: bigint | null;
  taken: bigint;
  /** Where the next begins; null for the last. */
  readonly end: Position | null;
}

/** Which rows a window has. */
export interface WindowQuery {
  /** What has time and id in order: `messages` by its index, or a table of that form. */
  readonly source: string;
  /** True where every row shall come as its id, of whatever topic. */
  readonly idsOnly: boolean;
  readonly after: Position;
  readonly toNs: TimeNs;
  readonly topicIds: ReadonlySet<bigint> | undefined;
  /** Most rows that it spans. */
  readonly size: bigint;
}

/** @throws SqliteError where a page that it needs is damaged, also from its rows */
export function queryWindow(connection: SqliteConnection, query: WindowQuery): Window {
  const { source, after, toNs, topicIds, size } = query;
  const all = `FROM ${source} WHERE (timestamp, id) > (?, ?) AND timestamp <= ?`;
  const last = `SELECT timestamp, id ${all} ORDER BY timestamp, id LIMIT 1 OFFSET ?`;
  const [found] = connection.rows(last, ...after, toNs, size - 1n);
  const end = found === undefined ? null : ([found[0] as bigint, found[1] as bigint] as const);
  const until = end ?? ([toNs, LAST] as const);
  const within = '(i.timestamp, i.id) > (?, ?) AND (i.timestamp, i.id) <= (?, ?)';
  if (query.idsOnly) {
    const sql = `SELECT i.timestamp, NULL, i.id FROM ${source} AS i WHERE ${within} ORDER BY i.timestamp, i.id`;
    return { rows: connection.iterate(sql, ...after, ...until), expected: null, taken: 0n, end };
  }
  const wanted = topicIds === undefined ? '' : `AND m.topic_id IN (${[...topicIds].join(', ')})`;
  // The time is in the index and in the table, and has to be the same.
  const sql = `SELECT i.timestamp, m.topic_id | 0, CASE WHEN m.timestamp IS i.timestamp
      AND typeof(m.data) = 'blob' AND length(m.data) <= ${MAX_INLINE_BYTES} THEN m.data ELSE i.id END
    FROM ${source} AS i CROSS JOIN messages AS m ON m.id = i.id
    WHERE ${within} ${wanted} ORDER BY i.timestamp, i.id`;
  let expected: bigint | null = null;
  if (topicIds === undefined) {
    const count = (): bigint => connection.rows(`SELECT count(*) ${all}`, ...after, toNs)[0]![0] as bigint;
    expected = end === null ? count() : size;
  }
  return { rows: connection.iterate(sql, ...after, ...until), expected, taken: 0n, end };
}

/** Time, topic id and data of one row; null for what is of another type than it should be. */
export function fetchRow(connection: SqliteConnection, id: bigint): SqlValue[] | undefined {
  const columns = [ofType('timestamp', 'integer'), 'topic_id | 0', ofType('data', 'blob')].join(', ');
  return connection.rows(`SELECT ${columns} FROM messages WHERE id = ?`, id)[0];
}

/** Else a text could come, for which libsql ends the process where it is no UTF-8. */
const ofType = (column: string, type: string): string =>
  `CASE typeof(${column}) WHEN '${type}' THEN ${column} END`;
