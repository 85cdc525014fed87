import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { env } from 'onnxruntime-node';
import { CodriverError } from '../../domain/errors.ts';
import { collectGarbage } from '../../onnx/index.ts';
import type { DescribedModel } from '../architectures/describe.ts';
import { checkRoom, unwritable } from '../store/store-errors.ts';
import { StoreLock } from '../store/store-lock.ts';
import { checkSwapping } from './check-swapping.ts';
import { type ModelSegment, modelSegments } from './model-segments.ts';
import { prepareSegment } from './prepare-segment.ts';
import { PreparedFiles, type PreparedKind, type PreparedSegment } from './prepared-files.ts';

/** A model whose segments lie ready for the kernels of this machine. */
export interface PreparedModel {
  readonly files: PreparedFiles;
  /** In the order of a pass. */
  readonly segments: readonly (ModelSegment & {
    readonly prepared: PreparedSegment;
    readonly kind: PreparedKind;
  })[];
}

/** What packing adds to the bytes of a model's file, at most, with room to work. */
const ROOM_FACTOR = 2;

/**
 * Prepares what isn't yet of a model: packs the weights segment by segment for this machine's kernels, under `root`.
 * Can be interrupted; goes on where it was. Errors: DISK_FULL, BAD_ARGUMENT where another process is at it,
 * MODEL_UNSUPPORTED where weights can't be exchanged under a session here.
 */
export async function prepareModel(
  model: DescribedModel,
  root: string,
  onProgress: (fraction: number) => void = () => {},
): Promise<PreparedModel> {
  const folder = path.join(root, await preparedName(model));
  const files = new PreparedFiles(folder);
  const known = await readPrepared(model, files);
  if (known !== undefined) return known;
  try {
    await mkdir(folder, { recursive: true });
    const lock = await StoreLock.take(folder);
    try {
      await removeLeftovers(folder);
      await prepareMissing(model, files, onProgress);
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw unwritable(folder, error);
  }
  const prepared = await readPrepared(model, files);
  if (prepared === undefined) throw new CodriverError('INTERNAL', `${folder} was prepared, but isn't.`);
  return prepared;
}

async function prepareMissing(
  model: DescribedModel,
  files: PreparedFiles,
  onProgress: (fraction: number) => void,
): Promise<void> {
  const segments = modelSegments(model.spec);
  const bytes = [...model.weights.tensors.values()].reduce((sum, tensor) => sum + tensor.bytes, 0);
  const last = new Map<string, ModelSegment>();
  let isRoomChecked = false;
  for (const [i, segment] of segments.entries()) {
    let prepared = await files.readSegment(segment.name);
    if (prepared === undefined) {
      if (!isRoomChecked) await checkRoom(files.folder, ROOM_FACTOR * bytes * (1 - i / segments.length));
      isRoomChecked = true;
      prepared = await prepareSegment(model, segment, files);
      // What a segment's weights went through is as large as they are, and outside of V8's sight.
      collectGarbage('full');
    }
    last.set(prepared.kind, segment);
    onProgress((i + 1) / (segments.length + 1));
  }
  for (const [signature, segment] of last) {
    await checkSwapping(model, segment, signature, files);
    collectGarbage('full');
  }
  await files.writeComplete();
  onProgress(1);
}

async function readPrepared(model: DescribedModel, files: PreparedFiles): Promise<PreparedModel | undefined> {
  if (!files.isComplete()) return undefined;
  const kinds = new Map<string, PreparedKind>();
  const segments = [];
  for (const segment of modelSegments(model.spec)) {
    const prepared = await files.readSegment(segment.name);
    if (prepared === undefined) return undefined;
    const kind = kinds.get(prepared.kind) ?? (await files.readKind(prepared.kind));
    if (kind === undefined) return undefined;
    kinds.set(prepared.kind, kind);
    segments.push({ ...segment, prepared, kind });
  }
  return { files, segments };
}

/** Tells models, versions of onnxruntime and machines apart: kernels pack by what the processor has. */
async function preparedName({ weights, spec, adaptable }: DescribedModel): Promise<string> {
  const { size, mtimeMs } = await stat(weights.file);
  const machine = [process.arch, cpus()[0]?.model, env.versions.node ?? env.versions.common];
  // Weights are the same with side paths beside them, but the graphs of the kinds are not.
  const graphs = adaptable ? ['adaptable'] : [];
  const all = [path.resolve(weights.file), size, mtimeMs, spec, machine, ...graphs];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith('work-')) await rm(path.join(folder, name), { recursive: true, force: true });
}
