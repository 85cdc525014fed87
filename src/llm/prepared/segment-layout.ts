import { createHash } from 'node:crypto';
import type { ExternalInitializer, ExternalRange, NewPlace } from '../../onnx/index.ts';

/** Kernels expect what they packed at multiples of a cache line, and find it by rounding addresses up to one. */
const ALIGNMENT = 64;

/** Sections are read and written in whole pages. */
const PAGE = 4096;

/**
 * `streamed`: what a run reads and another segment of the same kind has otherwise. `shared`: what all segments of the
 * kind have, such as tables of sines. `creation`: what is read only while a session is created: the weights as they
 * were before packing.
 */
export type SectionName = 'streamed' | 'shared' | 'creation';

/** One piece to copy from the file that onnxruntime saved into a section. */
export interface Piece {
  readonly section: SectionName;
  readonly from: ExternalRange;
  /** Bytes from the start of the section. */
  readonly to: number;
}

/** Where everything of a segment lies, derived from what onnxruntime saved. */
export interface SegmentLayout {
  /** Equal for segments that can take each other's place in a session: same names, same sizes. */
  readonly signature: string;
  readonly pieces: readonly Piece[];
  readonly sectionBytes: Readonly<Record<SectionName, number>>;
  /** New places of the initializers, by name: `streamed` and then `creation` in one file, `shared` in another. */
  placeOf(initializer: string): NewPlace;
}

/** Names of the two files beside a kind's graph. */
export const SLOT_FILE = 'slot.bin';
export const sharedFile = (kind: string): string => `shared-${kind}.bin`;

/**
 * Lays a segment's external data out anew. onnxruntime saves it without regard to alignment, mixed with the weights
 * before packing, and in an order of its own.
 *
 * @param initializers of the saved model
 * @param block whose names begin with `b<block>/`; these names count as equal among blocks
 * @param traits what else tells kinds apart
 */
export function layOut(
  initializers: readonly ExternalInitializer[],
  block: number,
  traits: unknown,
): SegmentLayout {
  const named = initializers
    .map((initializer) => ({ initializer, name: generalName(initializer.name, block) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const sectionBytes = { streamed: 0, shared: 0, creation: 0 };
  const pieces: Piece[] = [];
  const place = (section: SectionName, from: ExternalRange): number => {
    const to = roundUp(sectionBytes[section], ALIGNMENT);
    sectionBytes[section] = to + from.bytes;
    pieces.push({ section, from, to });
    return to;
  };
  const placed = named.map(({ initializer, name }) => {
    const own: SectionName = isShared(name) ? 'shared' : 'streamed';
    const packed = initializer.prepacked.map((range) => place(own, range));
    // Scales are packed with the weights that they belong to.
    const onlyForCreation = own === 'streamed' && (packed.length > 0 || name.endsWith('/s'));
    const section = onlyForCreation ? 'creation' : own;
    return { initializer, section, at: place(section, initializer), packed };
  });
  for (const section of ['streamed', 'shared', 'creation'] as const)
    sectionBytes[section] = roundUp(sectionBytes[section], PAGE);
  const sizes = named.map(({ initializer: { bytes, prepacked }, name }) => [
    name,
    bytes,
    prepacked.map((p) => p.bytes),
  ]);
  const signature = createHash('sha256')
    .update(JSON.stringify([traits, sizes]))
    .digest('hex')
    .slice(0, 16);
  const places = new Map(
    placed.map(({ initializer, section, at, packed }): [string, NewPlace] => [
      initializer.name,
      {
        location: isShared(initializer.name) ? sharedFile(signature) : SLOT_FILE,
        offset: section === 'creation' ? sectionBytes.streamed + at : at,
        prepackedOffsets: packed,
      },
    ]),
  );
  return {
    signature,
    pieces,
    sectionBytes,
    placeOf(initializer) {
      const found = places.get(initializer);
      if (found === undefined) throw new Error(`no place for ${initializer}`);
      return found;
    },
  };
}

function isShared(name: string): boolean {
  return /^(rope|groups)\d/.test(name);
}

function generalName(name: string, block: number): string {
  const prefix = `b${block}/`;
  return name.startsWith(prefix) ? `b/${name.slice(prefix.length)}` : name;
}

function roundUp(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}
