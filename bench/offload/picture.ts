import type { ComparedLimit, Comparison } from './compare.ts';
import type { Measured } from './measured.ts';

const [WIDTH, HEIGHT] = [760, 440];
const PLOT = { left: 76, right: 24, top: 78, bottom: 56 };

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dash?: string;
  readonly of: (limit: ComparedLimit) => Pick<Measured, 'outcome' | 'tokenMs'> | undefined;
}

const SERIES: readonly Series[] = [
  {
    name: 'floor (disk or computing)',
    colour: '#8a8f98',
    dash: '5 4',
    of: ({ floorMs }) => ({ outcome: 'finished', tokenMs: floorMs }),
  },
  { name: 'codriver', colour: '#0b7a75', of: ({ ours }) => ours },
  { name: 'llama.cpp', colour: '#c2410c', of: ({ llama }) => llama },
];

/** Time a token against the limit of memory, as an SVG: ours, llama.cpp's, and the floor. Both scales say what they are. */
export function comparisonPicture(comparison: Comparison): string {
  const { limits, model, gguf, weightBytes } = comparison;
  const times = limits.flatMap((limit) =>
    SERIES.map(({ of }) => of(limit)?.tokenMs ?? Number.NaN).filter((ms) => ms > 0),
  );
  const [least, most] = [
    10 ** Math.floor(Math.log10(Math.min(...times))),
    10 ** Math.ceil(Math.log10(Math.max(...times))),
  ];
  const megabytes = limits.map(({ limitBytes }) => limitBytes / 1e6);
  const [from, to] = [Math.min(...megabytes), Math.max(...megabytes)];
  const x = (mb: number): number =>
    PLOT.left + ((mb - from) / (to - from || 1)) * (WIDTH - PLOT.left - PLOT.right);
  const y = (ms: number): number => {
    const share = Math.log(ms / least) / Math.log(most / least);
    return HEIGHT - PLOT.bottom - share * (HEIGHT - PLOT.top - PLOT.bottom);
  };
  const decades = Array.from({ length: Math.round(Math.log10(most / least)) + 1 }, (_, i) => least * 10 ** i);
  const grid = decades.map(
    (ms) =>
      `<line x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${y(ms)}" y2="${y(ms)}" stroke="#d7dae0"/>` +
      text(PLOT.left - 8, y(ms) + 4, ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`, 'end'),
  );
  const ticks = limits.map(
    ({ share }, i) =>
      text(
        x(megabytes[i] as number),
        HEIGHT - PLOT.bottom + 20,
        `${(megabytes[i] as number).toFixed(0)}`,
        'middle',
      ) + text(x(megabytes[i] as number), HEIGHT - PLOT.bottom + 34, `${share} W`, 'middle', '#8a8f98'),
  );
  const lines = SERIES.map((series) => drawn(series, comparison, x, y));
  const legend = SERIES.filter(({ of }) => limits.some((limit) => of(limit) !== undefined)).map(
    ({ name, colour, dash }, i) =>
      `<line x1="${PLOT.left + i * 200}" x2="${PLOT.left + 26 + i * 200}" y1="58" y2="58" stroke="${colour}" stroke-width="2.5"${dash ? ` stroke-dasharray="${dash}"` : ''}/>` +
      text(PLOT.left + 32 + i * 200, 62, name),
  );
  const peer = gguf === undefined ? '' : `, llama.cpp on ${gguf}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#1d2129">`,
    `<title>Time a token within a limit of memory: ${escaped(model + peer)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${PLOT.left}" y="22" font-size="15" font-weight="600">Time a token within a limit of memory</text>`,
    text(PLOT.left, 40, `${model}${peer}; W = ${(weightBytes / 1e6).toFixed(0)} MB`, 'start', '#5b616b'),
    ...legend,
    ...grid,
    ...ticks,
    text((PLOT.left + WIDTH - PLOT.right) / 2, HEIGHT - 6, 'memory of the process, MB', 'middle'),
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

/** A line through what finished; a cross at the top for what didn't, with how it ended. */
function drawn(
  { of, colour, dash }: Series,
  { limits }: Comparison,
  x: (mb: number) => number,
  y: (ms: number) => number,
): string {
  const points = limits.flatMap((limit) => {
    const run = of(limit);
    return run === undefined ? [] : [{ run, at: x(limit.limitBytes / 1e6) }];
  });
  const good = points.filter(({ run }) => run.outcome === 'finished' && run.tokenMs > 0);
  const path = good.map(({ run, at }) => `${at.toFixed(1)},${y(run.tokenMs).toFixed(1)}`).join(' ');
  const line = `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2.5"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`;
  const dots = dash
    ? []
    : good.map(
        ({ run, at }) =>
          `<circle cx="${at.toFixed(1)}" cy="${y(run.tokenMs).toFixed(1)}" r="3.5" fill="${colour}"/>`,
      );
  const crosses = points
    .filter(({ run }) => run.outcome !== 'finished')
    .map(({ run, at }) => {
      const top = PLOT.top + 8;
      const cross = `<path d="M${at - 5} ${top - 5}l10 10m0 -10l-10 10" stroke="${colour}" stroke-width="2.5"/>`;
      return cross + text(at, top + 20, run.outcome, 'middle', colour);
    });
  return [line, ...dots, ...crosses].join('');
}

function text(x: number, y: number, content: string, anchor = 'start', fill = '#1d2129'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${fill}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
