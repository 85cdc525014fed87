import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { PAGE_MODULES } from '../../../sim/report/html.ts';
import { SIGN_WHY_CODES } from '../../../src/law/index.ts';

const PAGE = new URL('../../../sim/report/page/', import.meta.url);
const read = (name: string) => readFile(new URL(name, PAGE), 'utf8');

interface Lod {
  pyramidOf(values: ArrayLike<number>): unknown;
  extremes(pyramid: unknown, from: number, to: number): [number, number];
  columnsOf(
    line: { t: number[]; pyramid: unknown },
    fromS: number,
    toS: number,
    width: number,
  ): { low: Float32Array; high: Float32Array };
}
interface Layout {
  groupMarks(marks: { t: number }[], toX: (t: number) => number, gapPx: number): { marks: unknown[] }[];
  stackBars(
    bars: { x0: number; x1: number }[],
    options: { gapPx: number; narrowPx: number; mostRows: number },
  ): { rows: number; bars: { x0: number; x1: number; row: number; joined: unknown[] }[] };
}

const importPage = async <T>(name: string): Promise<T> => (await import(new URL(name, PAGE).href)) as T;

describe('modules of the page', () => {
  it('are all joined, and no two of them name the same thing', async () => {
    const files = (await readdir(PAGE)).filter((name) => name.endsWith('.js'));
    assert.deepEqual([...PAGE_MODULES].sort(), files.sort());
    const owners = new Map<string, string>();
    for (const name of PAGE_MODULES) {
      for (const [, declared] of (await read(name)).matchAll(
        /^(?:export )?(?:async )?(?:function|const|let|class) (\w+)/gm,
      )) {
        assert.equal(owners.get(declared!), undefined, `${declared} in ${name} and ${owners.get(declared!)}`);
        owners.set(declared!, name);
      }
    }
  });

  it('come after those that they import', async () => {
    for (const [i, name] of PAGE_MODULES.entries()) {
      for (const [, imported] of (await read(name)).matchAll(/from '\.\/([\w-]+\.js)'/g)) {
        const at = PAGE_MODULES.indexOf(imported as (typeof PAGE_MODULES)[number]);
        assert.ok(at >= 0 && at < i, `${name} imports ${imported}`);
      }
    }
  });

  it('say everything in both languages', async () => {
    for (const name of ['strings.js', 'words.js']) {
      const pairs = [...(await read(name)).matchAll(/^\s+(\w+): \[([^\]]*)\]/gm)];
      assert.ok(pairs.length > 60, name);
      for (const [, key, pair] of pairs) {
        const words = [...pair!.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, text]) => text!);
        assert.equal(words.length, 2, `${key} in ${name}`);
        assert.ok(
          words.every((text) => text.trim() !== ''),
          `${key} in ${name}`,
        );
      }
    }
    const known = new Set([...(await read('strings.js')).matchAll(/^\s+(\w+): \[/gm)].map(([, key]) => key));
    for (const name of PAGE_MODULES) {
      for (const [, key] of (await read(name)).matchAll(/\btext\('(\w+)'\)/g)) {
        assert.ok(known.has(key!), `${name} says "${key}"`);
      }
    }
  });

  it('have words for every reason why a sign holds or not', async () => {
    const words = await read('words.js');
    const why = /\n {2}why: \{([\s\S]*?)\n {2}\}/.exec(words)![1]!;
    for (const code of SIGN_WHY_CODES) assert.match(why, new RegExp(`\\b${code}: \\[`));
  });
});

describe('level of detail', () => {
  const values = Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i / 50) * 40 + ((i * 7919) % 13));
  values.fill(Number.NaN, 20_000, 20_400);

  it('has the extremes that a full scan finds, of any stretch', async () => {
    const { pyramidOf, extremes } = await importPage<Lod>('lod.js');
    const pyramid = pyramidOf(values);
    for (const [from, to] of [
      [0, 50_000],
      [0, 1],
      [17, 3001],
      [19_990, 20_410],
      [20_000, 20_400],
      [4095, 4097],
      [49_999, 50_000],
    ] as const) {
      const present = [...values.slice(from, to)].filter((value) => !Number.isNaN(value));
      const expected =
        present.length === 0 ? [Number.NaN, Number.NaN] : [Math.min(...present), Math.max(...present)];
      assert.deepEqual(extremes(pyramid, from, to), expected, `${from} … ${to}`);
    }
  });

  it('loses no peak of an hour on 700 pixels', async () => {
    const { pyramidOf, columnsOf } = await importPage<Lod>('lod.js');
    const t = Array.from({ length: 72_000 }, (_, i) => i / 20);
    const kmh = Float32Array.from(t, (_, i) => (i === 33_333 ? 131 : i === 50_001 ? 0 : 40));
    const { low, high } = columnsOf({ t, pyramid: pyramidOf(kmh) }, 0, 3600, 700);
    assert.equal(high.filter((value) => value === 131).length >= 1, true);
    assert.equal(Math.min(...low), 0);
    assert.ok(high.every((value) => value >= 40));
    const empty = columnsOf({ t: [], pyramid: pyramidOf(new Float32Array()) }, 0, 10, 5);
    assert.ok(empty.low.every((value) => Number.isNaN(value)));
  });
});

describe('layout of the timeline', () => {
  it('joins marks that would lie on each other and loses none', async () => {
    const { groupMarks } = await importPage<Layout>('timeline-layout.js');
    const marks = Array.from({ length: 1000 }, (_, i) => ({ t: i * 3.6 }));
    const groups = groupMarks(marks, (t) => t / 5, 18);
    assert.ok(groups.length <= 41, `${groups.length}`);
    assert.equal(groups.flatMap((group) => group.marks).length, 1000);
    assert.equal(groupMarks(marks, (t) => t * 10, 18).length, 1000);
  });

  it('stacks bars without overlap in no more rows than allowed, and loses none', async () => {
    const { stackBars } = await importPage<Layout>('timeline-layout.js');
    const bars = Array.from({ length: 400 }, (_, i) => ({
      x0: i * 2,
      x1: i * 2 + 3 + (i % 40 === 0 ? 90 : 0),
    }));
    const stacked = stackBars(bars, { gapPx: 2, narrowPx: 6, mostRows: 5 });
    assert.ok(stacked.rows <= 5);
    assert.equal(stacked.bars.flatMap(({ joined }) => joined).length, 400);
    for (let row = 0; row < stacked.rows; row++) {
      const inRow = stacked.bars.filter((bar) => bar.row === row).sort((a, b) => a.x0 - b.x0);
      for (const [i, bar] of inRow.entries()) {
        assert.ok(i === 0 || bar.x0 >= inRow[i - 1]!.x1 - 1e-9, `row ${row}, bar ${i}`);
      }
    }
  });
});
