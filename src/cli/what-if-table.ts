/** What the table needs of a difference. */
interface Row {
  readonly originId: string;
  readonly atS: number;
  readonly kind: string;
  readonly explanation: string;
  readonly parts: readonly string[];
}

/** Parts that the report does not count as a difference: it shows them at the moment itself. */
const BESIDE_THE_REPORT: readonly string[] = ['proposal', 'replies', 'latency'];

interface Change {
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
}

interface TableOptions {
  readonly out: NodeJS.WritableStream;
  /** Whether each difference is told; the head and the counts always are. */
  readonly rows: boolean;
  /** Path of the report, for links into it. */
  readonly report?: string;
}

/** Tells a person in what two builds differ: a row as each difference is found, the counts at the end. */
export class WhatIfTable {
  readonly #options: TableOptions;
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  /** How many differences there are, by kind, the most frequent first. */
  get summary(): { total: number; counts: Record<string, number> } {
    const counts = [...this.#counts].toSorted(([x, m], [y, n]) => n - m || (x < y ? -1 : 1));
    return { total: this.#total, counts: Object.fromEntries(counts) };
  }

  /** The builds and the settings that they do not share. */
  head(titles: readonly string[], changes: readonly Change[]): void {
    const width = Math.max(0, ...changes.map(({ path }) => path.length));
    const lines = changes.map(({ path, a, b }) => `  ${path.padEnd(width)}  ${words(a)} → ${words(b)}`);
    const same = '  none: both builds are set alike';
    this.#write([...titles, '', 'Settings that differ (A → B)', ...(lines.length > 0 ? lines : [same]), '']);
  }

  /** One difference. */
  row(difference: Row): void {
    const { originId, atS, kind, explanation, parts } = difference;
    this.#total++;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (!this.#options.rows) return;
    const { report } = this.#options;
    const linked = report !== undefined && !parts.includes('health');
    const anchor = parts.every((part) => BESIDE_THE_REPORT.includes(part)) ? 'moment' : 'diff';
    const link = linked ? [`${' '.repeat(14)}${report}#${anchor}=${encodeURIComponent(originId)}`] : [];
    const time = `${atS.toFixed(2)} s`.padStart(12);
    // A progress line may stand on the terminal; it is drawn again after this.
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    this.#write([`${time}  ${kind}`, `${' '.repeat(14)}${explanation}`, ...link]);
  }

  /** The counts. */
  foot(): void {
    const { total, counts } = this.summary;
    if (total === 0) {
      this.#write(['No differences.']);
      return;
    }
    const width = String(Math.max(...Object.values(counts))).length;
    const lines = Object.entries(counts).map(([kind, n]) => `  ${String(n).padStart(width)} × ${kind}`);
    this.#write(['', `${total} ${total === 1 ? 'difference' : 'differences'}`, ...lines]);
  }

  #write(lines: readonly string[]): void {
    this.#options.out.write(`${lines.join('\n')}\n`);
  }
}

function words(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
