import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { createSession, externalInitializers, relocateExternals } from '../../onnx/index.ts';
import type { DescribedModel } from '../architectures/describe.ts';
import { writeSegmentFiles } from '../architectures/segment-files.ts';
import { readExactly, writeExactly } from '../formats/exact-io.ts';
import { syncFolder, writeDurably } from '../store/durable-write.ts';
import { type ModelSegment, segmentTraits } from './model-segments.ts';
import {
  PIECE_BYTES,
  type PreparedFiles,
  type PreparedKind,
  type PreparedSegment,
} from './prepared-files.ts';
import { layOut, type SectionName, type SegmentLayout } from './segment-layout.ts';

/**
 * Lets onnxruntime pack one segment's weights for its kernels, and writes them so that a session of the segment's
 * kind finds them where it expects them; the first of a kind also leaves what sessions are created from.
 * Idempotent; needs about three times the segment's bytes on the disk meanwhile.
 */
export async function prepareSegment(
  model: DescribedModel,
  segment: ModelSegment,
  files: PreparedFiles,
): Promise<PreparedSegment> {
  const work = await mkdtemp(path.join(files.folder, 'work-'));
  try {
    const modelFile = await writeSegmentFiles(model, segment.range, work);
    const packed = { model: path.join(work, 'packed.onnx'), external: 'packed.bin' };
    const session = await createSession(modelFile, { threads: 1, savePrepackedTo: packed });
    await session.release();
    const packedGraph = await readFile(packed.model);
    const layout = layOut(
      externalInitializers(packedGraph),
      segment.range.from,
      segmentTraits(model.spec, segment),
    );
    const from = await open(path.join(work, packed.external), 'r');
    try {
      if ((await files.readKind(layout.signature)) === undefined)
        await writeKind(segment, layout, relocateExternals(packedGraph, layout.placeOf), from, files);
      return await writeStreamed(segment, layout, from, files);
    } finally {
      await from.close();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeKind(
  segment: ModelSegment,
  layout: SegmentLayout,
  graph: Uint8Array,
  from: FileHandle,
  files: PreparedFiles,
): Promise<void> {
  const names = files.kind(layout.signature);
  await writeDurably(names.graph, graph);
  const crc32s = { graph: crc32(graph), shared: 0, creation: 0 };
  for (const section of ['shared', 'creation'] as const)
    await writeSection(names[section], layout, section, from, (piece) => {
      crc32s[section] = crc32(piece, crc32s[section]);
    });
  const { streamed, shared, creation } = layout.sectionBytes;
  const kind: PreparedKind = {
    version: 1,
    signature: layout.signature,
    template: segment.name,
    block: segment.range.from,
    streamedBytes: streamed,
    sharedBytes: shared,
    creationBytes: creation,
    crc32s,
  };
  await writeDurably(names.manifest, JSON.stringify(kind));
}

async function writeStreamed(
  segment: ModelSegment,
  layout: SegmentLayout,
  from: FileHandle,
  files: PreparedFiles,
): Promise<PreparedSegment> {
  const names = files.segment(segment.name);
  const crc32s: number[] = [];
  await writeSection(names.data, layout, 'streamed', from, (piece) => crc32s.push(crc32(piece)));
  const prepared: PreparedSegment = {
    version: 1,
    name: segment.name,
    kind: layout.signature,
    bytes: layout.sectionBytes.streamed,
    crc32s,
  };
  await writeDurably(names.manifest, JSON.stringify(prepared));
  return prepared;
}

/** Writes a section piece by piece, gathering each from where its parts lie. */
async function writeSection(
  file: string,
  layout: SegmentLayout,
  section: SectionName,
  from: FileHandle,
  onPiece: (bytes: Uint8Array) => void,
): Promise<void> {
  const parts = layout.pieces.filter((piece) => piece.section === section);
  const total = layout.sectionBytes[section];
  const to = await open(file, 'w');
  const memory = new Uint8Array(Math.min(PIECE_BYTES, total));
  try {
    for (let start = 0; start < total; start += PIECE_BYTES) {
      // Between parts there is nothing.
      const bytes = memory.subarray(0, Math.min(PIECE_BYTES, total - start)).fill(0);
      for (const part of parts) {
        const first = Math.max(part.to, start);
        const last = Math.min(part.to + part.from.bytes, start + bytes.length);
        if (first < last)
          await readExactly(
            from,
            part.from.offset + first - part.to,
            bytes.subarray(first - start, last - start),
            (at) => new Error(`the packed weights end at byte ${at}`),
          );
      }
      await writeExactly(to.fd, start, bytes);
      onPiece(bytes);
    }
    await to.sync();
  } finally {
    await to.close();
  }
  await syncFolder(path.dirname(file));
}
