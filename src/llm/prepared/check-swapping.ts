import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { CodriverError } from '../../domain/errors.ts';
import { createSession } from '../../onnx/index.ts';
import { AdapterTensors } from '../adapters/adapter-tensors.ts';
import { madeUpFactors } from '../adapters/made-up-factors.ts';
import type { DescribedModel } from '../architectures/describe.ts';
import { runSegment } from '../architectures/run-segment.ts';
import { writeSegmentFiles } from '../architectures/segment-files.ts';
import { emptyCache } from '../cache/empty-cache.ts';
import type { ModelSegment } from './model-segments.ts';
import type { PreparedFiles } from './prepared-files.ts';
import { openSlots } from './slot-memory.ts';

/** Passes to compare over: many tokens at once, then one. Kernels differ between the two. */
const PASSES = [9, 1];

/**
 * Computes one segment both ways: in a slot whose session was created with another segment's weights, and in a
 * session of its own. The results must have the same bits; so much of the way slots work is onnxruntime's own
 * affair that nothing less will do. Errors: MODEL_UNSUPPORTED where they differ.
 */
export async function checkSwapping(
  model: DescribedModel,
  segment: ModelSegment,
  signature: string,
  files: PreparedFiles,
): Promise<void> {
  const kind = await files.readKind(signature);
  const prepared = await files.readSegment(segment.name);
  if (kind === undefined || prepared === undefined)
    throw new CodriverError('INTERNAL', `Segment ${segment.name} is not prepared.`);
  const [slot] = await openSlots([[kind]], files, 1);
  try {
    await slot?.fill(prepared, files);
    const own = await ownSession(model, segment, files.folder);
    try {
      const found = await compute(model, segment, slot?.session(signature) as InferenceSession, kind.block);
      const expected = await compute(model, segment, own, segment.range.from);
      if (!found.equals(expected)) throw unequal(model, segment);
    } finally {
      await own.release();
    }
  } finally {
    await slot?.close();
  }
}

async function ownSession(model: DescribedModel, segment: ModelSegment, folder: string) {
  const work = await mkdtemp(path.join(folder, 'work-'));
  try {
    return await createSession(await writeSegmentFiles(model, segment.range, work), { threads: 1 });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The bytes of all outputs over {@link PASSES}. */
async function compute(
  { spec, adaptable }: DescribedModel,
  { range }: ModelSegment,
  session: InferenceSession,
  graphBlock: number,
): Promise<Buffer> {
  const cache = emptyCache(spec, spec.blocks.slice(range.from, range.to));
  const results: Float32Array[] = [];
  const tensors =
    adaptable && !range.head ? new AdapterTensors(spec, madeUpFactors(spec, range.from)) : undefined;
  const adapter = tensors?.block(range.from, graphBlock);
  for (const tokens of PASSES) {
    const past = cache.tokens.length;
    cache.reserve(past + tokens);
    // Any numbers do; these have the spread of a hidden state.
    const hidden = Float32Array.from(
      { length: tokens * spec.embedding },
      (_, i) => Math.sin(i * 12.9898) * 2,
    );
    const [keys, values] = cache.buffers;
    const block = keys && values && { keys, values, capacity: cache.capacity };
    const output = await runSegment(session, spec, range, graphBlock, {
      hidden,
      tokens,
      past,
      ...(block && { cache: block }),
      ...(adapter && { adapter }),
    });
    results.push(output.values, output.newRows ?? new Float32Array());
    if (output.newRows !== undefined) cache.append(new Array<number>(tokens).fill(0), output.newRows);
  }
  return Buffer.concat(
    results.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

function unequal(model: DescribedModel, segment: ModelSegment): CodriverError {
  return new CodriverError(
    'MODEL_UNSUPPORTED',
    `Weights of ${path.basename(model.weights.file)} can't be streamed on this machine: segment "${segment.name}" computes otherwise there.`,
    {
      remedy: 'Keep the model in memory as a whole; please report processor and operating system.',
      details: { segment: segment.name },
    },
  );
}
