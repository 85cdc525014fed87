import type { TimeNs } from '../../../domain/index.ts';
import type { Damage, RawChannel, RawMessage } from '../raw-log.ts';
import type { SqliteConnection, SqliteFile, SqlValue } from './sqlite-file.ts';
import { BY_TIME, orderByTime, salvageByTime } from './sqlite-order.ts';
import { FIRST, fetchRow, LAST, type Position, queryWindow, type Window } from './sqlite-window.ts';

/** Rows of one query. Of a file that may be written to they are read before the first is given out. */
const WINDOW_ROWS = 4096n;
const LIVE_WINDOW_ROWS = 32n;
const LIVE_WINDOW_BYTES = 16 * 1024 * 1024;
const MAX_RETRIES = 20;
/** Stands for a row that could not be read. */
const LOST: SqlValue[] = [];

/** What to read. */
export interface SqlitePassOptions {
  readonly fromNs: TimeNs | undefined;
  readonly toNs: TimeNs | undefined;
  /** Ids of topics; undefined for all. */
  readonly topicIds: ReadonlySet<bigint> | undefined;
  readonly channels: ReadonlyMap<bigint, RawChannel>;
  /** False where the file has no index from time to message. */
  readonly timeIndexed: boolean;
  /** True where the index is known to be wrong. */
  readonly indexDamaged: boolean;
  readonly onDamage: (damage: Damage) => void;
  readonly isClosed: () => boolean;
}

/**
 * One pass over the messages. An iterator written by hand: for small messages, a generator's turns of the
 * microtask queue cost a third of what SQLite does.
 */
export class SqlitePass implements AsyncIterableIterator<RawMessage> {
  readonly #file: SqliteFile;
  readonly #options: SqlitePassOptions;
  readonly #toNs: TimeNs = LAST;
  #lost = new Map<string, number>();
  #connection: SqliteConnection | null = null;
  #fingerprint = '';
  #connects = 0;
  /** Rows of the windows that are done. */
  #total = 0n;
  #salvaging: boolean;
  #position: Position;
  #window: Window | null = null;
  /** Time of the last message given out, and how many of that time were. */
  #lastNs: TimeNs = FIRST;
  #givenAtLast = 0;
  /** Of those, how many are still to be passed over after reading began anew. */
  #toSkip = 0;
  #ended = false;

  constructor(file: SqliteFile, options: SqlitePassOptions) {
    this.#file = file;
    this.#options = options;
    this.#salvaging = options.indexDamaged;
    const { fromNs = FIRST, toNs = LAST } = options;
    this.#position = before(fromNs);
    if (toNs < LAST) this.#toNs = toNs;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<RawMessage>> {
    let message: RawMessage | null = null;
    try {
      message = this.#take();
    } catch (error) {
      this.#salvage((error as Error).message);
    }
    return message === null ? this.#advance() : Promise.resolve({ done: false, value: message });
  }

  async return(): Promise<IteratorResult<RawMessage>> {
    this.#end();
    return { done: true, value: undefined };
  }

  async #advance(): Promise<IteratorResult<RawMessage>> {
    for (;;) {
      try {
        if (this.#window !== null) this.#leaveWindow(this.#window);
        if (this.#ended || this.#options.isClosed()) break;
        await this.#openWindow();
        const message = this.#take();
        if (message !== null) return { done: false, value: message };
      } catch (error) {
        this.#salvage((error as Error).message);
      }
    }
    await this.#warnOfChange();
    this.#end();
    return { done: true, value: undefined };
  }

  /** The next message of the window; null behind its last. */
  #take(): RawMessage | null {
    const window = this.#window;
    if (window === null || this.#options.isClosed()) return null;
    for (;;) {
      const row = window.rows.next();
      if (row.done === true) return null;
      window.taken += 1n;
      const message = this.#messageOf(row.value);
      if (message !== null) return message;
    }
  }

  #messageOf(row: SqlValue[]): RawMessage | null {
    if (row === LOST) return null;
    const timeNs = row[0] as bigint;
    const found = row[2] instanceof Uint8Array ? row : this.#fetch(row[2] as bigint, timeNs);
    if (found === null) return null;
    const topicId = found[1] as bigint;
    if (this.#options.topicIds?.has(topicId) === false) return null;
    const channel = this.#options.channels.get(topicId);
    if (channel === undefined) this.#lose(`of a topic ${topicId} that nothing defines`);
    if (channel === undefined) return null;
    if (timeNs < this.#lastNs) throw new Error('its index is out of order');
    if (timeNs > this.#lastNs) {
      this.#lastNs = timeNs;
      this.#givenAtLast = 0;
      this.#toSkip = 0;
    } else if (this.#toSkip > 0) {
      this.#toSkip -= 1;
      this.#givenAtLast += 1;
      return null;
    }
    this.#givenAtLast += 1;
    return { channel, logTimeNs: timeNs, publishTimeNs: timeNs, sequence: 0, data: found[2] as Uint8Array };
  }

  /** A row that came as its id; null where it is lost. */
  #fetch(id: bigint, timeNs: TimeNs): SqlValue[] | null {
    try {
      const row = fetchRow(this.#connection!, id);
      if (row === undefined) this.#lose('which the index knows are not there');
      else if (row[0] !== timeNs) this.#lose('whose time is not the one in the index');
      else if (!(row[2] instanceof Uint8Array)) this.#lose('whose data are no bytes');
      else return row;
    } catch (error) {
      this.#lose(`can't be read: ${(error as Error).message}`);
    }
    return null;
  }

  async #openWindow(): Promise<void> {
    if (!this.#file.live) {
      this.#connection ??= await this.#connect();
      this.#window = this.#query(this.#connection, WINDOW_ROWS);
      return;
    }
    const lost = new Map(this.#lost);
    for (let retries = 0; retries < MAX_RETRIES; retries++) {
      let [window, fault]: [Window | null, unknown] = [null, null];
      this.#connection ??= await this.#connect();
      try {
        window = this.#gather(this.#query(this.#connection, LIVE_WINDOW_ROWS));
      } catch (error) {
        fault = error;
      }
      // Somebody may have written meanwhile: what was read is used, and a fault is one, only where nobody did.
      if ((await this.#file.fingerprint()) === this.#fingerprint) {
        if (window === null) throw fault;
        this.#window = window;
        return;
      }
      this.#disconnect();
      this.#lost = new Map(lost);
    }
    this.#ended = true;
    this.#options.onDamage({ offset: null, why: 'it is written to faster than it can be read' });
  }

  /** The same window with its rows in memory. */
  #gather(window: Window): Window {
    const rows: SqlValue[][] = [];
    let bytes = 0;
    for (let row = window.rows.next(); row.done !== true; row = window.rows.next()) {
      const [timeNs, , data] = row.value;
      // Beyond the bound it stays an id, and is fetched when its turn comes.
      const whole = data instanceof Uint8Array || bytes > LIVE_WINDOW_BYTES;
      const found = whole ? row.value : this.#fetch(data as bigint, timeNs as bigint);
      if (found?.[2] instanceof Uint8Array) bytes += found[2].length;
      rows.push(found ?? LOST);
    }
    return { ...window, rows: rows.values() };
  }

  #query(connection: SqliteConnection, size: bigint): Window {
    const { topicIds, timeIndexed } = this.#options;
    return queryWindow(connection, {
      source: this.#salvaging || !timeIndexed ? BY_TIME : 'messages',
      idsOnly: this.#salvaging,
      after: this.#position,
      toNs: this.#toNs,
      topicIds,
      size,
    });
  }

  #leaveWindow({ expected, taken, end }: Window): void {
    this.#window = null;
    if (expected !== null && taken !== expected)
      throw new Error(`its index leads to ${taken} of ${expected} rows`);
    this.#total += taken;
    if (end !== null) this.#position = end;
    else {
      this.#ended = true;
      this.#compareTotal();
    }
  }

  /** An entry of the index that is out of order can fall between two windows. */
  #compareTotal(): void {
    const { fromNs, toNs, topicIds } = this.#options;
    const whole = fromNs === undefined && toNs === undefined && topicIds === undefined;
    if (!whole || this.#salvaging || this.#connects > 1) return;
    const total = this.#connection!.rows('SELECT count(*) FROM messages')[0]![0];
    const missing = Number(total) - Number(this.#total);
    if (missing !== 0) this.#lose(`of ${total} are not where the index should have them`, missing);
  }

  async #connect(): Promise<SqliteConnection> {
    this.#connects += 1;
    this.#fingerprint = await this.#file.fingerprint();
    const connection = this.#file.connect();
    if (this.#salvaging) salvageByTime(connection, this.#options.onDamage);
    else if (!this.#options.timeIndexed) orderByTime(connection);
    return connection;
  }

  /** Goes on without the index, from the last message given out. */
  #salvage(why: string): void {
    this.#window = null;
    this.#disconnect();
    if (this.#options.isClosed()) return;
    if (this.#salvaging) {
      this.#ended = true;
      this.#options.onDamage({ offset: null, why });
      return;
    }
    this.#options.onDamage({ offset: null, why: `${why}; from here on its rows are read one by one` });
    this.#salvaging = true;
    if (this.#lastNs === FIRST) return;
    this.#position = before(this.#lastNs);
    this.#toSkip = this.#givenAtLast;
    this.#givenAtLast = 0;
  }

  #lose(why: string, count = 1): void {
    this.#lost.set(why, (this.#lost.get(why) ?? 0) + count);
  }

  async #warnOfChange(): Promise<void> {
    if (this.#connection === null || this.#file.live) return;
    const now = await this.#file.fingerprint().catch(() => '');
    if (now !== this.#fingerprint)
      this.#options.onDamage({ offset: null, why: 'it changed while it was read' });
  }

  #end(): void {
    this.#ended = true;
    this.#window = null;
    this.#disconnect();
    for (const [why, count] of this.#lost) {
      this.#options.onDamage({ offset: null, why: `${count} ${count === 1 ? 'row' : 'rows'} ${why}` });
    }
    this.#lost.clear();
  }

  #disconnect(): void {
    this.#connection?.close();
    this.#connection = null;
  }
}

/** In front of the first row of a time. */
function before(timeNs: TimeNs): Position {
  return timeNs <= FIRST ? [FIRST, FIRST] : [timeNs - 1n, LAST];
}
