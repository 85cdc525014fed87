import type { ComparedLimit, Comparison } from './compare.ts';
import type { Measured } from './measured.ts';

/** A comparison for a terminal. */
export function comparisonTable({ model, gguf, weightBytes, rounds, memory, limits }: Comparison): string {
  const peer = gguf === undefined ? '' : `, against llama.cpp on ${gguf}`;
  const header = [
    'limit',
    'MB',
    'codriver',
    'held',
    'faults',
    'floor',
    'floor/ours',
    'llama.cpp',
    'times quicker',
  ];
  const rows = [
    [
      'none',
      '',
      tokenText(memory.ours),
      megabytes(memory.ours.peakHeldBytes),
      count(memory.ours.steadyFaults),
      '',
      '',
      memory.llama ? tokenText(memory.llama) : '',
      memory.llama ? times(memory.llama.tokenMs / memory.ours.tokenMs) : '',
    ],
    ...limits.map(rowOf),
  ];
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] as string).length)),
  );
  const lines = [header, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padStart(widths[i] as number))
      .join('  ')
      .trimEnd(),
  );
  const title = `${model}${peer}: milliseconds a token, ${rounds} round${rounds === 1 ? '' : 's'}, W = ${megabytes(weightBytes)} MB`;
  return [title, '', ...lines, '', ...words([memory, ...limits])].join('\n');
}

/** What a process came to: its time a token, or how it ended. */
export function tokenText({ outcome, tokenMs, tokens }: Measured): string {
  if (outcome === 'finished') return tokenMs.toPrecision(3);
  return tokens > 0 && !Number.isNaN(tokenMs) ? `${tokenMs.toPrecision(3)}, ${outcome}` : outcome;
}

/** What those said that failed, once each. */
function words(limits: readonly { readonly ours: Measured; readonly llama?: Measured }[]): string[] {
  const said = limits.flatMap(({ ours, llama }) => [
    ours.said && `codriver, ${ours.outcome}: ${ours.said}`,
    llama?.said && `llama.cpp, ${llama.outcome}: ${llama.said}`,
  ]);
  return [...new Set(said.filter((one) => one !== undefined && one !== ''))].map((one) => `${one}\n`);
}

function rowOf({ share, limitBytes, ours, llama, floorMs, speedup, floorShare }: ComparedLimit): string[] {
  return [
    `${share} W`,
    megabytes(limitBytes),
    tokenText(ours),
    megabytes(ours.peakHeldBytes),
    count(ours.steadyFaults),
    count(floorMs),
    Number.isNaN(floorShare) ? '' : floorShare.toFixed(2),
    llama ? tokenText(llama) : '',
    Number.isNaN(speedup) ? '' : times(speedup),
  ];
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
const count = (value: number): string => (Number.isNaN(value) ? '' : value.toFixed(0));
const times = (value: number): string => (Number.isNaN(value) ? '' : `×${value.toPrecision(3)}`);
