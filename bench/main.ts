/** `npm run bench -- NAME [--json] [--rounds N]`: measurements, never part of `npm test`. */
import { CodriverError } from '../src/domain/index.ts';
import type { BenchRow } from './row.ts';

interface BenchModule {
  run(options: { json: boolean; rounds?: number }): Promise<BenchRow[]>;
}

const BENCHES: Readonly<Record<string, () => Promise<BenchModule>>> = {
  driving: () => import('./driving/index.ts'),
  llm: () => import('./llm/index.ts'),
  logs: () => import('./logs/index.ts'),
  offload: () => import('./offload/index.ts'),
  path: () => import('./path/index.ts'),
  ros: () => import('./ros/index.ts'),
  replay: () => import('./replay/index.ts'),
};

async function main(args: string[]): Promise<void> {
  const json = args.includes('--json');
  const roundsAt = args.indexOf('--rounds');
  const rounds = roundsAt < 0 ? undefined : Number(args[roundsAt + 1]);
  const name =
    args.find((arg, index) => !arg.startsWith('--') && (roundsAt < 0 || index !== roundsAt + 1)) ?? '';
  const load = BENCHES[name];
  if (load === undefined || (rounds !== undefined && !(rounds >= 1))) {
    throw new CodriverError('BAD_ARGUMENT', `There is no bench "${name}", or --rounds is no number.`, {
      remedy: `npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--rounds N]`,
    });
  }
  const bench = await load();
  const rows = await bench.run({ json, ...(rounds === undefined ? {} : { rounds }) });
  for (const row of rows) {
    if (json) process.stdout.write(`${JSON.stringify(row)}\n`);
    else {
      const peer =
        row.peer === ''
          ? ''
          : `  ${Number.isNaN(row.ratio) ? '' : `×${row.ratio.toFixed(2)} of `}${row.peer}`;
      process.stdout.write(
        `${row.bench} / ${row.case} / ${row.metric}`.padEnd(44) +
          `${row.value.toPrecision(4)} ${row.unit}${peer}  (${row.rounds} rounds)\n`,
      );
    }
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${CodriverError.from(error).toUserText()}\n`);
  process.exitCode = 1;
});
