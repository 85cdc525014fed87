import path from 'node:path';
import { median } from '../row.ts';
import { type LimitedRun, runLimited } from './limited-process.ts';
import type { PeerLine, StreamedLine, TimedLine } from './peer-line.ts';

/** One process, measured under a limit. Times in milliseconds, medians within the run. */
export interface Measured {
  /** `killed`: the kernel ended it at its limit. `refused`: it said that the limit is too small. */
  readonly outcome: 'finished' | 'killed' | 'timed out' | 'refused' | 'failed';
  readonly loadMs: number;
  readonly promptMs: number;
  /** Of the tokens that there were until it ended; NaN without any. */
  readonly tokenMs: number;
  readonly tokens: number;
  readonly peakHeldBytes: number;
  /** Major page faults between the first and the last token of the last answer. */
  readonly steadyFaults: number;
  /** Of codriver, when it finished. */
  readonly streamed?: StreamedLine;
  /** The last words of one that failed. */
  readonly said?: string;
}

export interface Work {
  readonly answers: number;
  readonly promptTokens: number;
  readonly tokens: number;
  readonly timeoutMs: number;
}

/** codriver within a limit of memory, which is its `--cpu-mem` as well. Undefined: no limit. */
export function measureOurs(
  model: string,
  work: Work,
  place: { readonly nvmeDir: string; readonly limitBytes?: number; readonly percent?: string },
): Promise<Measured> {
  const { nvmeDir, limitBytes, percent } = place;
  const flags = [
    ...(limitBytes === undefined && percent === undefined ? [] : ['--nvme-dir', nvmeDir]),
    ...(limitBytes === undefined || percent !== undefined ? [] : ['--cpu-mem', String(limitBytes)]),
    ...(percent === undefined ? [] : ['--percent', percent]),
  ];
  return measure('ours-peer.ts', [model, ...flags], work, limitBytes);
}

/** llama.cpp on a GGUF file within a limit of memory. */
export function measureLlama(file: string, work: Work, limitBytes?: number): Promise<Measured> {
  return measure('llama-peer.ts', [file], work, limitBytes);
}

/** Bytes a second of direct reads of a prepared model, in a process of its own, caches dropped as before any other. */
export async function measureReads(folder: string): Promise<number> {
  const { lines, stderr } = await runLimited(nodeArgs('reads-peer.ts', [folder]), { dropCaches: true });
  const rate = Number(lines.at(-1));
  if (!(rate > 0)) throw new Error(`${folder} could not be read: ${stderr}`);
  return rate;
}

function nodeArgs(entry: string, args: readonly string[]): string[] {
  return ['--import', import.meta.resolve('tsx'), path.join(import.meta.dirname, entry), ...args];
}

async function measure(
  entry: string,
  args: readonly string[],
  { answers, promptTokens, tokens, timeoutMs }: Work,
  limitBytes: number | undefined,
): Promise<Measured> {
  const counts = ['--answers', `${answers}`, '--prompt', `${promptTokens}`, '--tokens', `${tokens}`];
  const run = await runLimited(nodeArgs(entry, [...args, ...counts]), {
    ...(limitBytes !== undefined && { limitBytes }),
    dropCaches: true,
    timeoutMs,
  });
  return read(run);
}

function read(run: LimitedRun): Measured {
  const lines = run.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as PeerLine);
  const timed = lines.filter((line): line is TimedLine => line.event !== 'streamed');
  const msOf = (event: TimedLine['event']): number[] =>
    timed.filter((line) => line.event === event).map(({ ms }) => ms);
  const streamed = lines.find((line) => line.event === 'streamed');
  const last = timed.slice(timed.findLastIndex(({ event }) => event === 'prompt'));
  const outcome = outcomeOf(run);
  return {
    outcome,
    loadMs: median(msOf('loaded')),
    promptMs: median(msOf('prompt')),
    tokenMs: median(msOf('token')),
    tokens: msOf('token').length,
    peakHeldBytes: run.peakHeldBytes,
    steadyFaults: (last.at(-1)?.majorFaults ?? Number.NaN) - (last[0]?.majorFaults ?? Number.NaN),
    ...(streamed !== undefined && { streamed }),
    ...(outcome === 'failed' || outcome === 'refused' ? { said: run.stderr.trim().slice(-400) } : {}),
  };
}

function outcomeOf({ exitCode, outOfMemory, timedOut, stderr }: LimitedRun): Measured['outcome'] {
  if (exitCode === 0) return 'finished';
  if (timedOut) return 'timed out';
  if (outOfMemory) return 'killed';
  return stderr.includes("code: 'BAD_ARGUMENT'") ? 'refused' : 'failed';
}
