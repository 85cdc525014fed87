import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type SegmentRange, writeSegment } from './decoder-graph.ts';
import type { DescribedModel } from './describe.ts';
import { WeightFile } from './weight-file.ts';

/** Writes a segment's graph and, beside it, its weights into `folder`; the path of the graph. See {@link writeSegment}. */
export async function writeSegmentFiles(
  { weights, spec, adaptable = false }: DescribedModel,
  range: SegmentRange,
  folder: string,
  onProgress: (fraction: number) => void = () => {},
): Promise<string> {
  const external = await WeightFile.create(path.join(folder, 'weights.bin'), 'weights.bin');
  const graph = await writeSegment(weights, spec, range, external, { adaptable, onProgress }).finally(() =>
    external.close(),
  );
  const file = path.join(folder, 'model.onnx');
  await writeFile(file, graph);
  return file;
}
