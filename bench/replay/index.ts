import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RunRecorder } from '../../sim/drive/run-recorder.ts';
import { driveStreet } from '../../sim/drive/street-drive.ts';
import { replayLogs } from '../../sim/replay/replay.ts';
import { street } from '../../sim/scenarios/index.ts';
import { Config } from '../../src/domain/index.ts';
import { resolveModel } from '../../src/models/index.ts';
import { PlatePerception, PlateReader } from '../../src/perception/index.ts';
import { need, sharedData } from '../../test/support/require.ts';
import { type BenchRow, median } from '../row.ts';

/** Seconds of the street that are recorded for the measurement. */
const STREET_S = 20;

/** How many times faster than the drive a lockstep replay is, every picture decoded and plates read; no model. */
export async function run(options: { json: boolean; rounds?: number }): Promise<BenchRow[]> {
  const rounds = options.rounds ?? 5;
  const config = Config.parse({});
  const folder = mkdtempSync(path.join(tmpdir(), 'codriver-bench-'));
  const reader = await PlateReader.open({ file: await resolveModel('ppocrv6-rec-small') });
  try {
    const logs: [string, string][] = [['street', path.join(folder, 'street.mcap')]];
    const recorder = await RunRecorder.create({});
    await driveStreet({
      scenario: street,
      config,
      model: null,
      plates: null,
      recorder,
      logPath: path.join(folder, 'street.mcap'),
      durationS: STREET_S,
    });
    if (need('shared') === false) logs.push(['comma2k19', sharedData('mcap-real', 'comma2k19_seg40.mcap')]);
    const factors = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const [name, logPath] of logs) {
        const startedMs = performance.now();
        const plates = new PlatePerception(reader);
        const build = { config, model: null, plates, journal: () => {} };
        const result = await replayLogs({ logs: [logPath], builds: [build] });
        const wallS = (performance.now() - startedMs) / 1000;
        factors.set(name, [...(factors.get(name) ?? []), result.logSeconds / wallS]);
      }
    }
    return logs.map(([name]) => ({
      bench: 'replay',
      case: name,
      metric: 'realtime_factor',
      value: median(factors.get(name) ?? []),
      unit: 'x',
      peer: '',
      ratio: Number.NaN,
      rounds,
    }));
  } finally {
    await reader.close();
    rmSync(folder, { recursive: true });
  }
}
