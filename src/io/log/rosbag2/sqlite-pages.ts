import type { TimeNs } from '../../../domain/index.ts';
import type { SqliteFile } from './sqlite-file.ts';

/** A batch holds at most this many rows and, beyond its first message, this many bytes. */
const BATCH_ROWS = 1024;
const BATCH_BYTES = 4 * 1024 * 1024;

/** Where a pass stands: behind the row with this time and id. */
export interface Position {
  readonly timeNs: TimeNs;
  readonly id: bigint;
}

export interface Row {
  readonly topicId: number;
  readonly timeNs: TimeNs;
  readonly data: Uint8Array;
}

export interface Batch {
  readonly rows: readonly Row[];
  /** Behind the last row that was looked at; null at the end. */
  readonly next: Position | null;
  /** Rows whose time in the table is not the one in the index, or whose data is no bytes: left out. */
  readonly contradicted: number;
}

/** Reads `messages` in the order of (timestamp, id), a bounded batch at a time. */
export class SqlitePages {
  readonly #file: SqliteFile;
  readonly #measureSql: string;
  readonly #endSql: string;
  readonly #rowsSql: string;

  /**
   * @param source table or index that has timestamp and id in order: `messages`, or a table of that form
   * @param topicIds undefined for all
   */
  constructor(file: SqliteFile, source: string, topicIds?: readonly number[]) {
    this.#file = file;
    const window = `SELECT timestamp, id FROM ${source}
      WHERE (timestamp, id) > (?, ?) AND timestamp <= ? ORDER BY timestamp, id LIMIT ?`;
    const wanted = topicIds === undefined ? '1' : `m.topic_id IN (${topicIds.join(', ')})`;
    const sound = `m.timestamp IS i.timestamp AND typeof(m.data) = 'blob'`;
    // Lengths are in the row's header, so that this does not load what it measures.
    this.#measureSql = `SELECT group_concat(
        CASE WHEN NOT (${sound}) THEN -1 WHEN ${wanted} THEN length(m.data) ELSE 0 END)
      FROM (${window}) AS i CROSS JOIN messages AS m ON m.id = i.id`;
    this.#endSql = `SELECT timestamp, id FROM (${window}) LIMIT 1 OFFSET ?`;
    this.#rowsSql = `SELECT i.timestamp, m.topic_id, m.data FROM (${window}) AS i
      CROSS JOIN messages AS m ON m.id = i.id WHERE ${wanted} AND ${sound}`;
  }

  /** @throws SqliteError where a page that it needs is damaged */
  batch(from: Position, toNs: TimeNs): Batch {
    const window = [from.timeNs, from.id, toNs] as const;
    const [[lengths] = [null]] = this.#file.rows(this.#measureSql, ...window, BATCH_ROWS);
    if (typeof lengths !== 'string') return { rows: [], next: null, contradicted: 0 };
    let bytes = 0;
    let taken = 0;
    let contradicted = 0;
    for (const length of lengths.split(',').map(Number)) {
      if (taken > 0 && bytes + length > BATCH_BYTES) break;
      taken += 1;
      if (length < 0) contradicted += 1;
      else bytes += length;
    }
    const [end] = this.#file.rows(this.#endSql, ...window, taken, taken - 1);
    const rows = this.#file.rows(this.#rowsSql, ...window, taken).map(
      ([timeNs, topicId, data]): Row => ({
        timeNs: timeNs as bigint,
        topicId: Number(topicId),
        data: data as Uint8Array,
      }),
    );
    return {
      rows,
      next: end === undefined ? null : { timeNs: end[0] as bigint, id: end[1] as bigint },
      contradicted,
    };
  }
}
