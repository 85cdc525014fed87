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

/** What the factors must reach. */
const LEAST_FACTOR: Readonly<Record<string, number>> = { street: 3, comma2k19: 20 };

/** Replays of one log in one process, and how much more memory the last may take than the first, MB. */
const REPLAYS = 10;
const MOST_GROWTH_MB = 50;

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
    const speed = logs.map(([name]): BenchRow => {
      const value = median(factors.get(name) ?? []);
      const least = LEAST_FACTOR[name] ?? Number.NaN;
      return {
        bench: 'replay',
        case: name,
        metric: 'realtime_factor',
        value,
        unit: 'x',
        peer: `at least ${least}`,
        ratio: value / least,
        rounds,
      };
    });
    return [...speed, ...(await growthRows(config, reader, logs))];
  } finally {
    await reader.close();
    rmSync(folder, { recursive: true });
  }
}

/** Resident memory after the first replay of a log and after ten, garbage collected before each look. */
async function growthRows(
  config: Config,
  reader: PlateReader,
  logs: readonly [string, string][],
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, logPath] of logs) {
    const residentMb: number[] = [];
    for (let replay = 0; replay < REPLAYS; replay++) {
      const build = { config, model: null, plates: new PlatePerception(reader), journal: () => {} };
      await replayLogs({ logs: [logPath], builds: [build] });
      globalThis.gc?.();
      residentMb.push(process.memoryUsage.rss() / 1e6);
    }
    const value = Math.max(0, (residentMb.at(-1) ?? 0) - (residentMb[0] ?? 0));
    rows.push({
      bench: 'replay',
      case: name,
      metric: 'growth_mb',
      value,
      unit: 'MB',
      peer: `limit ${MOST_GROWTH_MB} MB over ${REPLAYS} replays`,
      ratio: MOST_GROWTH_MB / Math.max(1, value),
      rounds: 1,
    });
  }
  return rows;
}
