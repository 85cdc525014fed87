import type { DecoderSpec } from '../../../src/llm/architectures/spec.ts';
import {
  type CostSetting,
  costsOfSpec,
  type MachineProfile,
  type ModelCosts,
  tiersOf,
  type Workload,
} from '../../../src/llm/policy/index.ts';

export const Q4 = { bits: 4, group: 64, symmetric: false } as const;

const executor = (gemvBytesPerS: number) => ({ gemvBytesPerS, gemmFlopsPerS: 150e9, segmentOverheadS: 1e-4 });

/** A small machine: disk 1.4 GB/s at best, memory 22 GB/s, and a GPU for plans that have a budget for it. */
export const PROFILE: MachineProfile = {
  version: 2,
  measuredAt: '2026-11-24T12:00:00Z',
  cpu: 'two cores',
  threads: 2,
  memoryBytes: 24e9,
  onnxruntime: '1.30.0',
  disk: {
    directory: '/data',
    direct: true,
    reads: [
      { blockBytes: 1 << 20, depth: 4, bytesPerS: 0.9e9 },
      { blockBytes: 1 << 22, depth: 4, bytesPerS: 1.4e9 },
    ],
    writeBytesPerS: 0.5e9,
    streamedBytesPerS: 1.4e9,
  },
  memory: { readBytesPerS: 22e9, copyBytesPerS: 12e9 },
  executors: {
    'cpu-resident': executor(16e9),
    'cpu-streamed': executor(15e9),
    'gpu:0-resident': executor(900e9),
  },
  links: { 'gpu:0': { toDeviceBytesPerS: 12e9, fromDeviceBytesPerS: 12e9 } },
};

/** A llama of some form; about 1.9 billion weights unless told. */
export function llama(blocks = 40, embedding = 2048, vocabulary = 32_000, tiedHead = false): DecoderSpec {
  return {
    architecture: 'llama',
    embedding,
    tableWidth: embedding,
    feedForward: 3 * embedding,
    heads: embedding / 64,
    kvHeads: embedding / 256,
    headSize: 64,
    context: 4096,
    vocabulary,
    blocks: Array.from({ length: blocks }, () => ({ rope: { base: 10_000, interleaved: false } })),
    norm: { kind: 'rms', epsilon: 1e-5, gammaOffset: 0 },
    normPlacement: 'before',
    finalNorm: true,
    biases: 'none',
    headNorms: false,
    attentionScale: 0.125,
    alibi: false,
    activation: 'silu',
    gated: true,
    embeddingScale: 1,
    embeddingNorm: false,
    learnedPositions: undefined,
    tiedHead,
  };
}

export interface SettingOptions {
  readonly costs?: ModelCosts;
  readonly cpuMemBytes?: number;
  readonly gpuMemBytes?: readonly number[];
  readonly workload?: Workload;
  readonly profile?: MachineProfile;
}

export function setting(options: SettingOptions = {}): CostSetting {
  const {
    costs = costsOfSpec(llama(), Q4),
    cpuMemBytes = 20e9,
    gpuMemBytes = [],
    profile = PROFILE,
  } = options;
  return {
    costs,
    profile,
    tiers: tiersOf({ cpuMemBytes, gpuMemBytes, nvmeDir: '/data' }, profile),
    workload: options.workload ?? { promptTokens: 128, newTokens: 32, chunkTokens: 32 },
    processBytes: 100e6,
  };
}
