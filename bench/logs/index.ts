import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RunRecorder } from '../../sim/drive/run-recorder.ts';
import { driveStreet } from '../../sim/drive/street-drive.ts';
import { street } from '../../sim/scenarios/index.ts';
import { Config } from '../../src/domain/index.ts';
import type { BenchRow } from '../row.ts';
import { bigLogRows } from './big.ts';
import { containerRows } from './containers.ts';
import { corpusRows } from './corpora.ts';
import { reportRows } from './report.ts';
import { videoRows } from './video.ts';

/** Seconds of the street whose recording is repeated. */
const STREET_S = 5;

/** Reading logs of every kind, a log of 20 GB, and a report over an hour. */
export async function run(options: { json: boolean; rounds?: number }): Promise<BenchRow[]> {
  const rounds = options.rounds ?? 5;
  const folder = mkdtempSync(path.join(tmpdir(), 'codriver-bench-'));
  try {
    const logPath = path.join(folder, 'street.mcap');
    await driveStreet({
      scenario: street,
      config: Config.parse({}),
      model: null,
      plates: null,
      recorder: await RunRecorder.create({}),
      logPath,
      durationS: STREET_S,
    });
    return [
      ...(await corpusRows()),
      ...(await containerRows(logPath, folder, rounds)),
      ...(await videoRows(rounds)),
      ...(await bigLogRows(logPath, folder)),
      ...(await reportRows(rounds)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
