import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { RunRecorder } from '../../../sim/drive/run-recorder.ts';
import { driveStreet, type StreetDriveOptions } from '../../../sim/drive/street-drive.ts';
import { replayLogs } from '../../../sim/replay/replay.ts';
import { street } from '../../../sim/scenarios/index.ts';
import { Config, JournalEntry } from '../../../src/domain/index.ts';
import { resolveModel } from '../../../src/models/index.ts';
import { PlatePerception, PlateReader } from '../../../src/perception/index.ts';
import { need } from '../../support/require.ts';

const config = Config.parse({});

async function drive(
  folder: string,
  name: string,
  more: Partial<StreetDriveOptions> = {},
): Promise<JournalEntry[]> {
  const recorder = await RunRecorder.create({ jsonPath: path.join(folder, `${name}.jsonl`) });
  await driveStreet({ scenario: street, config, model: null, plates: null, recorder, durationS: 6, ...more });
  await recorder.close();
  const lines = readFileSync(path.join(folder, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JournalEntry.parse(JSON.parse(line)));
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'codriver-street-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('two drives write the same bytes, journal and recording', async () => {
  await inFolder(async (folder) => {
    for (const name of ['a', 'b']) await drive(folder, name, { logPath: path.join(folder, `${name}.mcap`) });
    const read = (file: string): Buffer => readFileSync(path.join(folder, file));
    assert.ok(read('a.jsonl').equals(read('b.jsonl')));
    assert.ok(read('a.mcap').equals(read('b.mcap')));
  });
});

test('every line of the journal is a valid entry, and the last one counts them', async () => {
  await inFolder(async (folder) => {
    await drive(folder, 'run');
    const lines = readFileSync(path.join(folder, 'run.jsonl'), 'utf8').trimEnd().split('\n');
    const entries = lines.map((line) => JournalEntry.parse(JSON.parse(line)));
    const end = entries.at(-1);
    assert.equal(end?.type, 'end');
    const total = Object.values(end?.type === 'end' ? end.counts : {}).reduce((sum, count) => sum + count, 0);
    assert.equal(total, entries.length - 1);
  });
});

test('a planner that dies midway: told once, intents not delivered, the drive goes on', async () => {
  await inFolder(async (folder) => {
    let closed = false;
    const entries = await drive(folder, 'dead', {
      durationS: 8,
      onStep: async (elapsedS, planner) => {
        if (closed || elapsedS < 1) return;
        closed = true;
        await planner.close();
      },
      scenario: {
        ...street,
        utterances: [
          {
            id: 'u-stop',
            cue: { atS: 3 },
            text: '止まって',
            language: 'ja',
            confidence: 0.95,
            seat: 'FRONT_RIGHT',
            authority: 'DRIVER_OR_OWNER',
            purpose: 'EMERGENCY_STOP',
          },
        ],
      },
    });
    const lost = entries.filter((entry) => entry.type === 'health' && entry.component === 'PLANNER');
    assert.equal(lost.length, 1);
    const stop = entries.find((entry) => entry.type === 'intent' && entry.intent.maneuver.kind === 'STOP');
    assert.equal(stop?.type === 'intent' && stop.delivery, 'NOT_DELIVERED');
    const told = entries.find((entry) => entry.type === 'reply' && entry.stage === 'STATUS');
    assert.match(told?.type === 'reply' ? told.text : '', /届きませんでした/);
    assert.ok((entries.at(-1)?.stampNs ?? 0n) >= street.startNs + 7_900_000_000n, 'the drive went on');
  });
});

test('an interrupted drive leaves a valid journal and recording', async () => {
  await inFolder(async (folder) => {
    const abort = new AbortController();
    const logPath = path.join(folder, 'cut.mcap');
    const entries = await drive(folder, 'cut', {
      logPath,
      signal: abort.signal,
      onStep: (elapsedS) => {
        if (elapsedS >= 2) abort.abort();
      },
    });
    assert.equal(entries.at(-1)?.type, 'end');
    const build = { config, model: null, plates: null, journal: () => {} };
    const result = await replayLogs({ logs: [logPath], builds: [build] });
    assert.deepEqual(result.damages, []);
    assert.ok(result.messages > 40, `${result.messages} messages`);
  });
});

test('what the camera reads decides: a plate for large vehicles frees us from a limit', {
  skip: need('ocr'),
}, async () => {
  await inFolder(async (folder) => {
    const reader = await PlateReader.open({ file: await resolveModel('ppocrv6-rec-small') });
    try {
      const plates = new PlatePerception(reader);
      const seeing = await drive(folder, 'seeing', { plates, durationS: 20 });
      const blind = await drive(folder, 'blind', { durationS: 20 });
      const verdicts = (entries: JournalEntry[], value: number): string[] =>
        entries.flatMap((entry) =>
          entry.type === 'sign' && entry.sign.value === value ? [entry.applies] : [],
        );
      assert.equal(verdicts(seeing, 20).at(-1), 'DOES_NOT_APPLY');
      assert.equal(verdicts(blind, 20).at(-1), 'UNKNOWN', 'an unread plate frees nobody');
    } finally {
      await reader.close();
    }
  });
});
