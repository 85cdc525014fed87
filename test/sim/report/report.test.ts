import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { ReportCollector } from '../../../sim/report/collector.ts';
import { joinModules } from '../../../sim/report/html.ts';
import { type PictureSource, type ReportData, writeReport } from '../../../sim/report/index.ts';
import type { Moment } from '../../../sim/report/moment.ts';
import { NO_VALUE, type PackedSeries, SeriesBuilder } from '../../../sim/report/series.ts';
import { makeThumbnail } from '../../../sim/report/thumbnail.ts';
import { CodriverError } from '../../../src/domain/index.ts';
import { HOSTILE } from './dialogue.ts';
import { at, journal } from './fixture.ts';

/** Times and values of a packed line; null where there is none. */
function unpack({ t, kmh }: PackedSeries): { t: number[]; kmh: (number | null)[] } {
  const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64')).buffer;
  return {
    t: Array.from(new Uint32Array(bytes(t)), (ms) => ms / 1000),
    kmh: Array.from(new Int16Array(bytes(kmh)), (tenths) => (tenths === NO_VALUE ? null : tenths / 10)),
  };
}

const noPictures: PictureSource = { async *pictures() {} };

function collect(entries = journal()): ReportData {
  const collector = new ReportCollector();
  for (const entry of entries) collector.add(entry);
  return collector.build({ language: 'en', reflexMs: [], thoughtMs: [] });
}

describe('writeReport', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'codriver-report-'));
    file = path.join(folder, 'report.html');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('makes the folder and writes one file whose data no text can leave', async () => {
    const deep = path.join(folder, 'a', 'b', 'report.html');
    await writeReport({ path: deep, entries: journal(), pictures: noPictures, language: 'ja' });
    const html = await readFile(deep, 'utf8');
    assert.deepEqual(await readdir(path.dirname(deep)), ['report.html']);
    assert.ok(!html.includes(HOSTILE));
    // The data, the moments, the index of pictures, the pictures and the program.
    assert.equal(html.match(/<script/g)?.length, 5);
    const json = /<script type="application\/json" id="data">(.*)<\/script>/.exec(html)![1]!;
    assert.ok(!json.includes('<'));
    const data = JSON.parse(json) as ReportData;
    assert.equal(data.language, 'ja');
    const moments = /id="moments">([\s\S]*?)<\/script>/.exec(html)![1]!;
    assert.ok(!moments.includes('<'));
    assert.equal((JSON.parse(moments) as Moment[]).at(-1)?.utterance?.text, HOSTILE);
  });

  it('allows scripts and styles by hash alone', async () => {
    await writeReport({ path: file, entries: [], pictures: noPictures });
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(
      await readFile(file, 'utf8'),
    )![1]!;
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'sha256-[^']+'(;|$)/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  });

  it('writes what there is of a run that was cut off', async () => {
    const entries = journal().filter(({ stampNs }) => stampNs < at(20.5));
    await writeReport({ path: file, entries, pictures: noPictures });
    assert.match(await readFile(file, 'utf8'), /"complete":false/);
  });

  it('keeps the older file, and nothing else, where the pictures break off', async () => {
    await writeFile(file, 'older');
    const broken: PictureSource = {
      async *pictures() {
        yield { stampNs: at(1), camera: 'front', jpeg: new Uint8Array([1, 2, 3]) };
        throw new CodriverError('LOG_UNREADABLE', 'The log ends in the middle of a picture.');
      },
    };
    await assert.rejects(writeReport({ path: file, entries: journal(), pictures: broken }), {
      code: 'LOG_UNREADABLE',
    });
    assert.equal(await readFile(file, 'utf8'), 'older');
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('names the report where it cannot be written', async () => {
    await writeFile(path.join(folder, 'plain'), '');
    const impossible = path.join(folder, 'plain', 'report.html');
    await assert.rejects(writeReport({ path: impossible, entries: [], pictures: noPictures }), (error) => {
      assert.ok(error instanceof CodriverError);
      assert.equal(error.code, 'LOG_WRITE_FAILED');
      assert.ok(error.message.includes(impossible));
      return true;
    });
  });
});

describe('ReportCollector', () => {
  it('gathers all that came of an utterance', () => {
    const turn = collect().moments.find(({ id }) => id === 'u3')!;
    assert.equal(turn.t, 31);
    assert.deepEqual(
      turn.replies.map(({ stage }) => stage),
      ['HEARD', 'VERDICT'],
    );
    assert.equal(turn.proposals[0]?.decodedTokens, 31);
    assert.deepEqual(
      turn.intents[0]?.phases.map(({ phase }) => phase),
      ['ACCEPTED', 'EXECUTING', 'DONE'],
    );
    assert.equal(turn.prompts.length, 1);
  });

  it('keeps a sign as last read, with how the decision changed', () => {
    const plate = collect().signs.find(({ id }) => id === 's2')!;
    assert.equal(plate.plates[0]?.text, '8-10');
    assert.equal(plate.sightings.length, 4);
    assert.deepEqual(
      plate.decisions.map(({ applies }) => applies),
      ['UNKNOWN', 'DOES_NOT_APPLY'],
    );
  });

  it('draws the limit from the signs that hold', () => {
    assert.deepEqual(unpack(collect().limit), { t: [10.02], kmh: [40] });
  });

  it('draws the limit from its own entries where a journal has them, with its end', () => {
    const limits = [
      { type: 'limit', stampNs: at(12), limitMps: 11.111, causeId: 's1' },
      { type: 'limit', stampNs: at(40), limitMps: null },
    ] as const;
    const entries = [...journal(), ...limits].sort((a, b) => Number(a.stampNs - b.stampNs));
    assert.deepEqual(unpack(collect(entries).limit), { t: [12, 40], kmh: [40, null] });
  });

  it('takes news of an intent from the planner status too, once each', () => {
    const entries = journal();
    const planner = entries.find((entry) => entry.type === 'planner')!;
    assert.ok(planner.type === 'planner');
    const news = { intentId: 'i7', stampNs: at(90), phase: 'DONE', reason: 'INTENT', detail: '' } as const;
    const late = { ...planner, stampNs: at(90), planner: { ...planner.planner, intents: [news] } };
    const { phases } = collect([...entries, late, late]).moments.find(({ id }) => id === 'u7')!.intents[0]!;
    assert.deepEqual(
      phases.map(({ phase }) => phase),
      ['ACCEPTED', 'EXECUTING', 'DONE'],
    );
  });

  it('says reflex-only and separates latencies by source', () => {
    const data = collect(journal({ model: false }));
    assert.equal(data.run.model, null);
    assert.deepEqual(
      data.latencies.map(({ source, ms }) => [source, ms.length]),
      [
        ['REFLEX', 2],
        ['THOUGHT', 6],
      ],
    );
  });
});

describe('SeriesBuilder', () => {
  it('keeps the peak and the stop of an hour at 10 Hz', () => {
    const builder = new SeriesBuilder();
    for (let i = 0; i < 36_000; i++) builder.add(i / 10, i === 12_345 ? 0 : i === 23_456 ? 30 : 10);
    const { t, kmh } = unpack(builder.build(4000));
    assert.ok(t.length <= 4001, `${t.length}`);
    assert.equal(Math.min(...(kmh as number[])), 0);
    assert.equal(kmh[t.indexOf(2345.6)], 108);
    assert.equal(t.at(-1), 3599.9);
    assert.ok(t.every((value, i) => i === 0 || value > t[i - 1]!));
  });

  it('keeps every point of an hour at 20 Hz, in six bytes each', () => {
    const builder = new SeriesBuilder();
    for (let i = 0; i < 72_000; i++) builder.add(i / 20, i / 10_000);
    const packed = builder.build();
    assert.equal(packed.count, 72_000);
    assert.ok(packed.t.length + packed.kmh.length <= 72_000 * 8.1);
  });
});

describe('joinModules', () => {
  it('takes away imports and exports and nothing else', () => {
    const joined = joinModules([
      "export const a = 1;\nexport function f() {\n  return 'import x; export const';\n}\n",
      "import {\n  a,\n  f,\n} from './a.js';\nglobalThis.joined = [a, f()];\n",
    ]);
    assert.doesNotMatch(joined, /^(import|export)/m);
    assert.match(joined, /'import x; export const'/);
    assert.match(joined, /globalThis\.joined/);
  });
});

describe('makeThumbnail', () => {
  const frame = (
    data: Uint8Array<ArrayBuffer>,
    encoding: 'png' | 'rgb8',
    widthPx: number,
    heightPx: number,
  ) => ({
    stampNs: 5n,
    frameId: 'front',
    camera: '/camera',
    encoding,
    widthPx,
    heightPx,
    data,
  });

  it('makes a JPEG of the width asked for, from files and from packed pixels', async () => {
    const packed = new Uint8Array(1280 * 720 * 3).fill(90);
    const png = await sharp(packed, { raw: { width: 1280, height: 720, channels: 3 } })
      .png()
      .toBuffer();
    for (const picture of [frame(packed, 'rgb8', 1280, 720), frame(new Uint8Array(png), 'png', 0, 0)]) {
      const { format, width, height } = await sharp(await makeThumbnail(picture, 480)).metadata();
      assert.deepEqual([format, width, height], ['jpeg', 480, 270]);
    }
  });

  it('says which picture does not decode', async () => {
    await assert.rejects(makeThumbnail(frame(new Uint8Array([1, 2, 3]), 'png', 0, 0), 480), {
      code: 'BAD_IMAGE',
      message: /\/camera at 5 ns/,
    });
    await assert.rejects(makeThumbnail(frame(new Uint8Array(7), 'rgb8', 9, 9), 480), { code: 'BAD_IMAGE' });
  });
});
