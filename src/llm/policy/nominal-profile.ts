import { totalmem } from 'node:os';
import type { MachineProfile } from './machine-profile.ts';

/** One kind of kernel serves for resident and streamed weights. */
const CPU = { gemvBytesPerS: 15e9, gemmFlopsPerS: 3e11, segmentOverheadS: 5e-5 };

/**
 * What is taken for a machine that nobody measured: two cores and an NVMe disk, on the slow side. Placements within a
 * budget hardly depend on it, since whatever stays in memory is not read; predicted times do.
 */
export function nominalProfile(directory: string): MachineProfile {
  return {
    version: 2,
    measuredAt: '1970-01-01T00:00:00Z',
    cpu: 'not measured',
    threads: 2,
    memoryBytes: totalmem(),
    onnxruntime: 'not measured',
    disk: {
      directory,
      direct: true,
      reads: [{ blockBytes: 4 * 1024 * 1024, depth: 4, bytesPerS: 1e9 }],
      writeBytesPerS: 0.5e9,
      streamedBytesPerS: 1e9,
    },
    memory: { readBytesPerS: 20e9, copyBytesPerS: 10e9 },
    executors: { 'cpu-resident': CPU, 'cpu-streamed': CPU },
    links: {},
  };
}
