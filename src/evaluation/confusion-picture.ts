import { CONFUSABLE } from './confusion.ts';

const CELL = 30;
const LEFT = 150;
const TOP = 168;
const RIGHT = 64;

/** Readable on white and on black: the same two hues, washed into either ground. */
const STYLE = `
  text { fill: #1d2129 } .quiet { fill: #5b616b } .ground { fill: #ffffff } .grid { stroke: #d7dae0 }
  .right { fill: #0b7a75 } .wrong { fill: #c2410c }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8eaee } .quiet { fill: #a2a8b3 } .ground { fill: #16181d } .grid { stroke: #363b45 }
    .right { fill: #2cb5ad } .wrong { fill: #f0743e }
  }`;

/** A confusion matrix as an SVG: rows expected, columns given; only what was expected or given at all. */
export function confusionPicture(counts: readonly (readonly number[])[], title: string): string {
  const shown = CONFUSABLE.flatMap((name, index) => {
    const expected = sum(counts[index] ?? []);
    const given = sum(counts.map((row) => row[index] ?? 0));
    return expected + given === 0 ? [] : [{ name, index, expected }];
  });
  const side = shown.length * CELL;
  // About seven units a letter: the title fits however few kinds there are.
  const width = Math.max(LEFT + side + RIGHT, 32 + 7 * title.length);
  const height = TOP + side + 28;
  const centre = (place: number): number => place * CELL + CELL / 2;
  const rows = shown.flatMap(({ name, index, expected }, r) => [
    text(LEFT - 8, TOP + centre(r) + 4, label(name), 'end'),
    text(LEFT + side + 10, TOP + centre(r) + 4, String(expected), 'start', 'quiet'),
    ...shown.map((column, c) => cell(counts[index]?.[column.index] ?? 0, expected, r, c)),
  ]);
  const heads = shown.map(({ name }, c) => {
    const [x, y] = [LEFT + centre(c) + 4, TOP - 8];
    return `<text x="${x}" y="${y}" transform="rotate(-60 ${x} ${y})">${label(name)}</text>`;
  });
  const grid = Array.from({ length: shown.length + 1 }, (_, i) => {
    const at = i * CELL;
    return `<path class="grid" d="M${LEFT} ${TOP + at}h${side}M${LEFT + at} ${TOP}v${side}"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text x="16" y="26" font-size="15" font-weight="600">What is taken for what</text>`,
    text(16, 46, title, 'start', 'quiet'),
    text(16, 64, 'rows: expected, columns: given', 'start', 'quiet'),
    ...heads,
    ...rows,
    ...grid,
    text(LEFT + side + 10, TOP - 8, 'n', 'start', 'quiet'),
    '</svg>',
    '',
  ].join('\n');
}

/** Colour is the share of the row, so that rare kinds show as well as frequent ones. */
function cell(count: number, expected: number, row: number, column: number): string {
  if (count === 0) return '';
  const [x, y] = [LEFT + column * CELL, TOP + row * CELL];
  // Never so strong that the number on it is hard to read.
  const strength = (0.12 + 0.43 * (count / Math.max(1, expected))).toFixed(2);
  const fill = `<rect class="${row === column ? 'right' : 'wrong'}" fill-opacity="${strength}" x="${x}" y="${y}" width="${CELL}" height="${CELL}"/>`;
  return fill + text(x + CELL / 2, y + CELL / 2 + 4, String(count), 'middle');
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const label = (name: string): string => name.toLowerCase().replaceAll('_', ' ');

function text(x: number, y: number, content: string, anchor: string, className?: string): string {
  const styled = className === undefined ? '' : ` class="${className}"`;
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${styled}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
