import { randomFillSync } from 'node:crypto';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { createSession, OnnxModelWriter } from '../../onnx/index.ts';

export interface KernelSizes {
  readonly matrices: number;
  /** Rows and columns of each; a multiple of the group. */
  readonly side: number;
  readonly threads: number;
}

/** As a converted model has them: see LinearWriter and the store's default. */
const BITS = 4;
const GROUP = 64;

/** Tokens of a pass over many. */
const MANY_TOKENS = 128;

/** Keeps the size of what goes through a chain: nibbles less 8 have a root mean square of 4.6. */
const scaleOf = (side: number): number => 1 / (4.6 * Math.sqrt(side));

/** A segment with next to no weights. */
const TINY = { matrices: 1, side: GROUP };

/** Chains of 4-bit matrix products with random weights, as the runtime's sessions compute them. Blocks the thread. */
export class Kernels {
  readonly #sizes: KernelSizes;
  readonly #chain: InferenceSession;
  readonly #tiny: InferenceSession;

  private constructor(sizes: KernelSizes, chain: InferenceSession, tiny: InferenceSession) {
    this.#sizes = sizes;
    this.#chain = chain;
    this.#tiny = tiny;
  }

  static async open(sizes: KernelSizes): Promise<Kernels> {
    const chain = await openChain(sizes);
    return new Kernels(sizes, chain, await openChain({ ...TINY, threads: sizes.threads }));
  }

  /** Bytes of weights and scales a second, over one token. */
  async gemvBytesPerS(runs: number): Promise<number> {
    const { matrices, side } = this.#sizes;
    return (matrices * matrixBytes(side)) / (await medianRunS(this.#chain, side, 1, runs));
  }

  /** Multiplications and additions a second, over many tokens. */
  async gemmFlopsPerS(runs: number): Promise<number> {
    const { matrices, side } = this.#sizes;
    return (
      (2 * matrices * side * side * MANY_TOKENS) / (await medianRunS(this.#chain, side, MANY_TOKENS, runs))
    );
  }

  async overheadS(runs: number): Promise<number> {
    return medianRunS(this.#tiny, TINY.side, 1, runs);
  }

  async close(): Promise<void> {
    await this.#chain.release();
    await this.#tiny.release();
  }
}

const quantBytes = (side: number): number => (side * side * BITS) / 8;
const matrixBytes = (side: number): number => quantBytes(side) + 4 * side * (side / GROUP);

async function openChain({ matrices, side, threads }: KernelSizes): Promise<InferenceSession> {
  const graph = new OnnxModelWriter('profile');
  const location = 'weights';
  const groups = side / GROUP;
  const data = randomFillSync(new Uint8Array(matrices * matrixBytes(side)));
  let value = graph.input('x0', 'float32', ['tokens', side]);
  for (let i = 0; i < matrices; i++) {
    const quants = { location, offset: i * matrixBytes(side), length: quantBytes(side) };
    const scales = { location, offset: quants.offset + quants.length, length: 4 * side * groups };
    new Float32Array(data.buffer, scales.offset, side * groups).fill(scaleOf(side));
    graph.externalInitializer(`q${i}`, 'uint8', [side, groups, (BITS * GROUP) / 8], quants);
    graph.externalInitializer(`s${i}`, 'float32', [side * groups], scales);
    value = graph.node(
      'MatMulNBits',
      [value, `q${i}`, `s${i}`],
      [`x${i + 1}`],
      { K: side, N: side, bits: BITS, block_size: GROUP, accuracy_level: 4 },
      'com.microsoft',
    );
  }
  graph.output(value, 'float32', ['tokens', side]);
  return createSession(graph.finish(), { threads, externalData: [{ path: location, data }] });
}

async function medianRunS(
  session: InferenceSession,
  side: number,
  tokens: number,
  runs: number,
): Promise<number> {
  const x = Float32Array.from({ length: tokens * side }, (_, i) => Math.sin(i));
  const times: number[] = [];
  // The first run allocates.
  for (let run = 0; run <= runs; run++) {
    const startMs = performance.now();
    await session.run({ x0: new Tensor('float32', x, [tokens, side]) });
    if (run > 0) times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  return (times[Math.floor(times.length / 2)] as number) / 1000;
}
