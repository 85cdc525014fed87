import { statSync } from 'node:fs';
import path from 'node:path';
import { describeModel } from '../../src/llm/architectures/describe.ts';
import { openModel } from '../../src/llm/formats/open-model.ts';
import { prepareModel } from '../../src/llm/prepared/prepare-model.ts';
import { median } from '../row.ts';
import { type Measured, measureLlama, measureOurs, measureReads, type Work } from './measured.ts';

/** What is compared, and how. */
export interface CompareOptions {
  /** A store, a GGUF file or a folder of safetensors, for codriver. */
  readonly model: string;
  /** The GGUF file that llama.cpp runs; absent: `model` where it is one, else llama.cpp is left out. */
  readonly gguf?: string;
  /** Limits of memory, as shares of the weights. */
  readonly shares: readonly number[];
  readonly work: Work;
  readonly nvmeDir: string;
  readonly rounds: number;
  readonly onProgress?: (fraction: number, what: string) => void;
}

/** One limit, all rounds together. */
export interface ComparedLimit {
  readonly share: number;
  readonly limitBytes: number;
  readonly ours: Measured;
  readonly llama?: Measured;
  /** The least that a token can take: reading what is not in memory, or computing, whichever is longer. */
  readonly floorMs: number;
  /** Medians over the rounds: how often ours is quicker, and how near it comes to the floor; NaN without. */
  readonly speedup: number;
  readonly floorShare: number;
}

export interface Comparison {
  readonly model: string;
  readonly gguf?: string;
  /** W: of the larger of the two files. */
  readonly weightBytes: number;
  readonly rounds: number;
  /** With everything in memory. */
  readonly memory: { readonly ours: Measured; readonly llama?: Measured };
  readonly limits: readonly ComparedLimit[];
}

/** Measures a model under limits of memory, each process by itself, in turns, with caches dropped before each. */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { model, work, nvmeDir, rounds, shares, onProgress = () => {} } = options;
  const source = await openModel(model);
  const described = describeModel(source);
  const weightsFile = described.weights.file;
  const isGguf = source.format === 'gguf';
  const gguf = options.gguf ?? (isGguf ? model : undefined);
  const weightBytes = Math.max(statSync(weightsFile).size, gguf === undefined ? 0 : statSync(gguf).size);
  const limits = [undefined, ...[...shares].sort((a, b) => b - a)];
  const results = limits.map(() => ({
    ours: [] as Measured[],
    llama: [] as Measured[],
    floors: [] as number[],
  }));
  const steps = rounds * limits.length * (gguf === undefined ? 1 : 2);
  let step = 0;
  // Prepared once, without a limit, so that no run has to.
  onProgress(0, 'preparing');
  const { files } = await prepareModel(described, nvmeDir).finally(() => source.close());
  for (let round = 0; round < rounds; round++) {
    let computeMs = Number.NaN;
    for (const [i, share] of limits.entries()) {
      const limitBytes = share && Math.floor(share * weightBytes);
      const label = share === undefined ? 'all in memory' : `limit ${share} W`;
      const { ours, llama, floors } = results[i] as (typeof results)[number];
      const readBytesPerS = await measureReads(files.folder);
      onProgress(step++ / steps, `codriver, ${label}`);
      const mine = await measureOurs(model, work, { nvmeDir, ...(limitBytes && { limitBytes }) });
      if (share === undefined) computeMs = mine.tokenMs;
      const readMs = ((mine.streamed?.bytesPerPass ?? Number.NaN) / readBytesPerS) * 1000;
      ours.push(mine);
      floors.push(Math.max(readMs, computeMs));
      if (gguf === undefined) continue;
      onProgress(step++ / steps, `llama.cpp, ${label}`);
      llama.push(await measureLlama(gguf, work, limitBytes));
    }
  }
  const merged = results.map(({ ours, llama, floors }, i): ComparedLimit => {
    const share = limits[i] ?? Number.POSITIVE_INFINITY;
    return {
      share,
      limitBytes: share * weightBytes,
      ours: merge(ours),
      ...(llama.length > 0 && { llama: merge(llama) }),
      floorMs: median(floors),
      speedup: median(ours.map(({ tokenMs }, round) => (llama[round]?.tokenMs ?? Number.NaN) / tokenMs)),
      floorShare: median(ours.map(({ tokenMs }, round) => (floors[round] as number) / tokenMs)),
    };
  });
  const [memory, ...limited] = merged as [ComparedLimit, ...ComparedLimit[]];
  return {
    model: path.basename(model),
    ...(gguf !== undefined && { gguf: path.basename(gguf) }),
    weightBytes,
    rounds,
    memory: { ours: memory.ours, ...(memory.llama && { llama: memory.llama }) },
    limits: limited,
  };
}

/** Several rounds as one: medians of those that finished; how it ended is what it was at its worst. */
function merge(runs: readonly Measured[]): Measured {
  const bad = runs.find(({ outcome }) => outcome !== 'finished');
  const of = (key: 'loadMs' | 'promptMs' | 'tokenMs'): number =>
    median(runs.map((run) => run[key]).filter((value) => !Number.isNaN(value)));
  const last = runs.at(-1) as Measured;
  return {
    ...last,
    ...bad,
    loadMs: of('loadMs'),
    promptMs: of('promptMs'),
    tokenMs: of('tokenMs'),
    tokens: runs.reduce((sum, { tokens }) => sum + tokens, 0),
    peakHeldBytes: Math.max(...runs.map(({ peakHeldBytes }) => peakHeldBytes)),
    steadyFaults: Math.max(...runs.map(({ steadyFaults }) => steadyFaults)),
  };
}
