import { serveWorker } from '../../onnx/index.ts';
import { type KernelSizes, Kernels } from './kernels.ts';

let memory = Buffer.alloc(0);
let kernels: Kernels | undefined;

serveWorker({
  /** Takes memory and touches all of it. */
  takeMemory({ bytes }: { bytes: number }): void {
    memory = Buffer.alloc(bytes, 1);
  },
  /**
   * Bytes a second that a comparison of two equal halves reads: memcmp, the C library's vector loop. It is faster here
   * than a search for a byte, which has one stream of reads under way instead of two.
   */
  readMemory({ durationMs }: { durationMs: number }): number {
    const half = memory.length / 2;
    const [first, second] = [memory.subarray(0, half), memory.subarray(half)];
    return rateOf(durationMs, memory.length, () => first.equals(second));
  },
  /** Bytes a second that memmove copies from one half to the other: each is read once and written once. */
  copyMemory({ durationMs }: { durationMs: number }): number {
    const half = memory.length / 2;
    return rateOf(durationMs, half, () => memory.copy(memory, half, 0, half));
  },
  async openKernels(sizes: KernelSizes): Promise<void> {
    kernels = await Kernels.open(sizes);
  },
  gemv: ({ runs }: { runs: number }): Promise<number> | undefined => kernels?.gemvBytesPerS(runs),
  gemm: ({ runs }: { runs: number }): Promise<number> | undefined => kernels?.gemmFlopsPerS(runs),
  overhead: ({ runs }: { runs: number }): Promise<number> | undefined => kernels?.overheadS(runs),
  async close(): Promise<void> {
    await kernels?.close();
  },
});

function rateOf(durationMs: number, bytes: number, pass: () => void): number {
  const startMs = performance.now();
  let passes = 0;
  let nowMs = startMs;
  while (passes === 0 || nowMs - startMs < durationMs) {
    pass();
    passes += 1;
    nowMs = performance.now();
  }
  return ((passes * bytes) / (nowMs - startMs)) * 1000;
}
