import type { Damage } from '../raw-log.ts';
import type { SqliteConnection } from './sqlite-file.ts';

/** A table of (timestamp, id) in this order, private to its connection. */
export const BY_TIME = 'temp.by_time';

const CREATE = `CREATE TEMP TABLE by_time(timestamp INTEGER, id INTEGER, PRIMARY KEY (timestamp, id)) WITHOUT ROWID`;

const PAGE_ROWS = 2000;
const LAST_ID = 2n ** 63n - 1n;
/** After so many damaged places the rest is given up. */
const MAX_GAPS = 1000;

/** Makes {@link BY_TIME} where a file has no index of its own. */
export function orderByTime(connection: SqliteConnection): void {
  connection.run(CREATE);
  connection.run('INSERT INTO by_time SELECT timestamp, id FROM messages');
}

/**
 * Makes {@link BY_TIME} of the rows that can be read in a damaged file, without its index: page by page in the
 * order of ids; behind a page that can't be read it goes on with the next id that can.
 */
export function salvageByTime(connection: SqliteConnection, onDamage: (damage: Damage) => void): void {
  connection.run('DROP TABLE IF EXISTS temp.by_time');
  connection.run(CREATE);
  let after = 0n;
  let limit = PAGE_ROWS;
  for (let gaps = 0; ; ) {
    let ids: bigint[];
    try {
      ids = idsAfter(connection, after, limit);
      // Into the table first, so that an id that is wrong itself is not lost.
      const last = ids.at(-1);
      if (last === undefined) return;
      connection.run(
        `INSERT OR IGNORE INTO by_time SELECT timestamp, id FROM
          (SELECT timestamp, id FROM messages NOT INDEXED WHERE id > ? ORDER BY id LIMIT ?)
          WHERE typeof(timestamp) = 'integer'`,
        after,
        BigInt(limit),
      );
    } catch (error) {
      if (limit > 1) {
        limit = Math.floor(limit / 2);
        continue;
      }
      const next = gaps < MAX_GAPS ? firstReadableAfter(connection, after) : null;
      const until = next === null ? 'on' : `to ${next - 1n}`;
      onDamage({
        offset: null,
        why: `rows ${after + 1n} ${until} can't be read: ${(error as Error).message}`,
      });
      if (next === null) return;
      gaps += 1;
      after = next - 1n;
      limit = PAGE_ROWS;
      continue;
    }
    if (ids.length === 1 && limit > 1) return;
    // The last id is looked at twice: were it wrong, what lies between would be passed over.
    const known = (ids.length > 1 ? ids.at(-2) : ids[0])!;
    if (known <= after) {
      onDamage({ offset: null, why: `rows ${after + 1n} on are not in order` });
      return;
    }
    after = known;
    limit = PAGE_ROWS;
  }
}

function idsAfter(connection: SqliteConnection, after: bigint, limit: number): bigint[] {
  const sql = 'SELECT id FROM messages NOT INDEXED WHERE id > ? ORDER BY id LIMIT ?';
  return connection.rows(sql, after, BigInt(limit)).map(([id]) => id as bigint);
}

/** By doubling steps, then halving: one damaged page hides a run of ids. Null where nothing more is found. */
function firstReadableAfter(connection: SqliteConnection, after: bigint): bigint | null {
  const readable = (from: bigint): boolean => {
    try {
      return idsAfter(connection, from, 1).length > 0;
    } catch {
      return false;
    }
  };
  let step = 1n;
  while (!readable(after + step)) {
    step *= 2n;
    if (after + step > LAST_ID) return null;
  }
  let [low, high] = [after + step / 2n, after + step];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (readable(middle)) high = middle;
    else low = middle;
  }
  return high + 1n;
}
