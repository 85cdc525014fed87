import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { findDifferences } from '../../../sim/replay/differences.ts';
import { type ReplayOptions, type ReplayResult, replayLogs } from '../../../sim/replay/replay.ts';
import { SharedPlateReader } from '../../../sim/replay/shared-parts.ts';
import { Config, type JournalEntry, secondsToNs, toJsonLine, Utterance } from '../../../src/domain/index.ts';
import { resolveModel } from '../../../src/models/index.ts';
import { PlatePerception, PlateReader, type ReadsPlates } from '../../../src/perception/index.ts';
import { need, sharedData } from '../../support/require.ts';
import {
  DRIVE_S,
  DRIVE_START_NS,
  driveMessages,
  type Recorded,
  writeDrive,
  writeMessages,
} from './make-drive.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-replay-'));
after(() => rmSync(folder, { recursive: true }));

const plain = Config.parse({});
const strict = Config.parse({
  gate: { minSpeechConfidence: 0.8, minPlateConfidence: 0.85, intentTtlMs: 2000 },
});
let drive = '';
before(async () => {
  drive = await writeDrive(folder, 'drive.mcap');
});

interface Replayed {
  readonly journals: JournalEntry[][];
  /** As JSON lines, to be compared byte for byte. */
  readonly texts: string[];
  readonly result: ReplayResult;
}

async function replay(
  logs: readonly string[],
  configs: readonly Config[],
  more: Partial<ReplayOptions> = {},
  readers: readonly (ReadsPlates | null)[] = [],
): Promise<Replayed> {
  const journals = configs.map((): JournalEntry[] => []);
  const result = await replayLogs({
    logs,
    builds: configs.map((config, index) => ({
      config,
      model: null,
      plates: readers[index] ? new PlatePerception(readers[index]) : null,
      journal: (entry) => void journals[index]?.push(entry),
    })),
    ...more,
  });
  const texts = journals.map((journal) => journal.map((entry) => `${toJsonLine(entry)}\n`).join(''));
  return { journals, texts, result };
}

const stop = (seconds: number): Utterance =>
  Utterance.parse({
    id: 'say-1',
    stampNs: DRIVE_START_NS + secondsToNs(seconds),
    text: 'stop',
    language: 'en',
    confidence: 1,
    seat: 'FRONT_RIGHT',
    authority: 'DRIVER_OR_OWNER',
  });

test('a build writes the same bytes alone, again, and beside another', async () => {
  const script = () => [stop(8.02)];
  const [a, b, again] = [
    await replay([drive], [plain], { script }),
    await replay([drive], [strict], { script }),
    await replay([drive], [plain], { script }),
  ];
  const both = await replay([drive], [plain, strict], { script });
  assert.equal(again.texts[0], a.texts[0]);
  assert.equal(both.texts[0], a.texts[0]);
  assert.equal(both.texts[1], b.texts[0]);
  assert.notEqual(a.texts[0], b.texts[0]);
});

test('what differs is what was changed', async () => {
  const { journals } = await replay([drive], [plain, strict]);
  const found = findDifferences(journals[0]!, journals[1]!, {
    a: { config: plain, model: null },
    b: { config: strict, model: null },
  });
  const kinds = Object.fromEntries(found.map(({ originId, kind }) => [originId, kind]));
  assert.equal(kinds['u-cancel'], 'EXECUTE → CLARIFY');
  assert.equal(kinds['s-told'], 'sign DOES_NOT_APPLY → sign UNKNOWN + EXECUTE');
  assert.equal(kinds['u-slow'], undefined);
});

test('builds that read different topics are each as they would be alone', async () => {
  // A second odometer, slower, and at moments of its own.
  const crawling = (await driveMessages()).flatMap(({ message, stampNs }): Recorded[] => {
    if (message.kind !== 'vehicle') return [];
    const later = stampNs + 30_000_000n;
    const vehicle = { ...message.vehicle, stampNs: later, speedMps: 3 };
    return [{ topic: '/odometer', stampNs: later, message: { kind: 'vehicle', vehicle } }];
  });
  const odometer = await writeMessages(path.join(folder, 'odometer.mcap'), crawling);
  const [a, b] = [
    Config.parse({ topics: { '/vehicle': 'vehicle' } }),
    Config.parse({ topics: { '/odometer': 'vehicle' } }),
  ];
  const both = await replay([drive, odometer], [a, b]);
  assert.equal(both.texts[0], (await replay([drive, odometer], [a])).texts[0]);
  assert.equal(both.texts[1], (await replay([drive, odometer], [b])).texts[0]);
  assert.match(both.texts[1] ?? '', /"speedMps":3,/);
});

test('several logs are one: split by topic or by time, the journal is that of the whole', async () => {
  const speech = await writeDrive(folder, 'speech.mcap', ({ topic }) => topic === '/speech');
  const rest = await writeDrive(folder, 'rest.mcap', ({ topic }) => topic !== '/speech');
  const middle = DRIVE_START_NS + secondsToNs(5.05);
  const early = await writeDrive(folder, 'early.mcap', ({ stampNs }) => stampNs < middle);
  const late = await writeDrive(folder, 'late.mcap', ({ stampNs }) => stampNs >= middle);
  const whole = await replay([drive], [plain]);
  for (const logs of [
    [rest, speech],
    [late, early],
  ]) {
    const parts = await replay(logs, [plain]);
    // Only the title names the files.
    const text = parts.texts[0]?.replace(/"title":"[^"]*"/, '"title":"drive.mcap"');
    assert.equal(text, whole.texts[0]);
    assert.equal(parts.result.messages, whole.result.messages);
  }
});

test('a range replays that part, and speaks only what lies in it', async () => {
  const at = (seconds: number): bigint => DRIVE_START_NS + secondsToNs(seconds);
  const { journals, result } = await replay([drive], [plain], {
    range: () => ({ startNs: at(4), endNs: at(8) }),
    script: () => [stop(2), stop(5)],
  });
  const heard = journals[0]!.flatMap((entry) => (entry.type === 'utterance' ? [entry.utterance.id] : []));
  assert.deepEqual(heard, ['say-1', 'u-cancel']);
  assert.equal(result.unspoken, 1);
  assert.equal(result.logSeconds, 4);
  assert.equal(journals[0]![0]?.stampNs, at(4));
  assert.ok(journals[0]!.every(({ stampNs }) => stampNs >= at(4)));
});

test('a plate is read once for both builds, and each build is as it would be alone', {
  skip: need('ocr'),
}, async () => {
  const reader = await PlateReader.open({ file: await resolveModel('ppocrv6-rec-small') });
  let reads = 0;
  const counting: ReadsPlates = {
    read: (image, box) => {
      reads++;
      return reader.read(image, box);
    },
  };
  try {
    const a = await replay([drive], [plain], {}, [counting]);
    const readsAlone = reads;
    assert.ok(readsAlone > 0, 'the plate is read');
    const b = await replay([drive], [strict], {}, [counting]);
    reads = 0;
    const shared = new SharedPlateReader(counting);
    const both = await replay([drive], [plain, strict], {}, [shared, shared]);
    assert.equal(reads, readsAlone);
    assert.equal(both.texts[0], a.texts[0]);
    assert.equal(both.texts[1], b.texts[0]);
    const holds = a.journals[0]!.flatMap((entry) =>
      entry.type === 'sign' && entry.sign.id === 's-read' ? [entry.applies] : [],
    );
    assert.equal(holds.at(-1), 'DOES_NOT_APPLY', 'a limit for lorries');
  } finally {
    await reader.close();
  }
});

test('a damaged log among several: the rest is replayed, the damage told once, in the journal too', async () => {
  const whole = readFileSync(drive);
  const cut = path.join(folder, 'cut.mcap');
  writeFileSync(cut, whole.subarray(0, Math.floor(whole.length * 0.6)));
  const speech = await writeDrive(folder, 'speech-2.mcap', ({ topic }) => topic === '/speech');
  const { journals, result } = await replay([cut, speech], [plain, strict]);
  assert.equal(result.damages.length, 1);
  assert.equal(result.damages[0]?.code, 'LOG_UNREADABLE');
  assert.match(result.damages[0]?.message ?? '', /cut\.mcap/);
  for (const journal of journals) {
    const told = journal.filter((entry) => entry.type === 'health' && entry.component === 'LOG');
    assert.equal(told.length, 1);
    assert.ok(journal.some((entry) => entry.type === 'utterance' && entry.utterance.id === 'u-cancel'));
  }
});

test('a log named twice, also by another name, and a log that is not there, are refused', async () => {
  const link = path.join(folder, 'link.mcap');
  symlinkSync(drive, link);
  await assert.rejects(replay([drive, drive], [plain]), /drive\.mcap is named twice/);
  await assert.rejects(replay([drive, link], [plain]), /drive\.mcap and .*link\.mcap are the same log/);
  const missing = path.join(folder, 'missing.mcap');
  await assert.rejects(replay([drive, missing], [plain]), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'NOT_FOUND');
    assert.match(error.message, /missing\.mcap/);
    return true;
  });
});

test('given up midway, it ends at once and every journal holds what was until then', async () => {
  const abort = new AbortController();
  const { texts, result } = await replay([drive], [plain, strict], {
    signal: abort.signal,
    onProgress: ({ doneS }) => {
      if (doneS >= 5) abort.abort();
    },
  });
  assert.ok(result.messages > 50 && result.messages < 90, `${result.messages} messages`);
  assert.equal(result.logSeconds, 5);
  const whole = await replay([drive], [plain]);
  assert.ok(whole.texts[0]?.startsWith(texts[0] ?? '?'));
});

test('progress goes from the first second to the last', async () => {
  const seen: number[] = [];
  await replay([drive], [plain], {
    onProgress: ({ doneS, totalS }) => {
      assert.equal(totalS, DRIVE_S);
      seen.push(doneS);
    },
  });
  assert.equal(seen[0], 0);
  assert.equal(seen.at(-1), DRIVE_S);
  assert.deepEqual(
    seen,
    seen.toSorted((x, y) => x - y),
  );
});

test('real logs: two at once, two builds, twice the same bytes', { skip: need('shared') }, async () => {
  const log = sharedData('mcap-real', 'comma2k19_seg40.mcap');
  const range = (logs: { startNs: bigint; endNs: bigint }) => ({
    startNs: logs.startNs,
    endNs: logs.startNs + secondsToNs(20),
  });
  const script = ({ startNs }: { startNs: bigint }): Utterance[] => [
    { ...stop(0), stampNs: startNs + secondsToNs(5), text: 'slow down', confidence: 0.9 },
    { ...stop(0), id: 'say-2', stampNs: startNs + secondsToNs(10), text: 'cancel', confidence: 0.7 },
  ];
  const [first, second] = [
    await replay([log], [plain, strict], { range, script }),
    await replay([log], [plain, strict], { range, script }),
  ];
  assert.deepEqual(first.texts, second.texts);
  assert.equal((await replay([log], [strict], { range, script })).texts[0], first.texts[1]);
  const outcomes = (journal: JournalEntry[]): string[] =>
    journal.flatMap((entry) => (entry.type === 'verdict' ? [entry.verdict.outcome] : []));
  assert.deepEqual(outcomes(first.journals[0]!), ['EXECUTE', 'EXECUTE']);
  assert.deepEqual(outcomes(first.journals[1]!), ['EXECUTE', 'CLARIFY']);
});

test('real pictures: the dash camera beside the drive', { skip: need('shared') }, async () => {
  const camera = sharedData('mcap-real', 'udacity_solidWhiteRight_5fps.mcap');
  const both = await replay([camera], [plain, strict]);
  const frames = (journal: JournalEntry[]) => journal.filter(({ type }) => type === 'frame').length;
  assert.equal(frames(both.journals[0]!), 45);
  assert.equal(both.texts[1], (await replay([camera], [strict])).texts[0]);
});
