import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Fields of onnx.proto3: ModelProto.graph, GraphProto.initializer, TensorProto's name and external_data. */
const GRAPH = 7;
const INITIALIZER = 5;
const TENSOR_NAME = 8;
const EXTERNAL_DATA = 13;

/** A range of bytes of an external file. */
export interface ExternalRange {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * An initializer that lies in a file beside the model; and what onnxruntime prepacked of it, where it was saved with
 * `save_external_prepacked_constant_initializers`: a number of buffers for each operator that uses it.
 */
export interface ExternalInitializer extends ExternalRange {
  readonly name: string;
  readonly location: string;
  readonly prepacked: readonly ExternalRange[];
}

/** The initializers of a ModelProto that lie in external files, in the model's order. */
export function externalInitializers(model: Uint8Array): ExternalInitializer[] {
  const found: ExternalInitializer[] = [];
  editInitializers(model, (name, entries) => {
    const values = new Map(entries);
    found.push({
      name,
      location: values.get('location') ?? '',
      offset: Number(values.get('offset') ?? 0),
      bytes: Number(values.get('length')),
      prepacked: entries.filter(([key]) => key.startsWith(PREPACKED)).flatMap(([, value]) => rangesOf(value)),
    });
    return entries;
  });
  return found;
}

/** Where an external initializer, and each buffer prepacked of it, goes. */
export interface NewPlace {
  readonly location: string;
  readonly offset: number;
  readonly prepackedOffsets: readonly number[];
}

/** The same model, looking for its external initializers elsewhere. */
export function relocateExternals(model: Uint8Array, placeOf: (initializer: string) => NewPlace): Uint8Array {
  return editInitializers(model, (name, entries) => {
    const { location, offset, prepackedOffsets } = placeOf(name);
    let buffer = 0;
    const moved = entries
      .filter(([key]) => key !== 'location' && key !== 'offset')
      .map(([key, value]): Entry => {
        if (!key.startsWith(PREPACKED)) return [key, value];
        const [hash, ...ranges] = value.split('|');
        const rest = ranges.map((range) => {
          const [, ...sizes] = range.split(';');
          return [prepackedOffsets[buffer++], ...sizes].join(';');
        });
        return [key, [hash, ...rest].join('|')];
      });
    return [['location', location], ['offset', String(offset)], ...moved];
  });
}

/** Keys `prepacked_0`, …; values `HASH|offset;bytes;alignment|…`, one range a buffer. */
const PREPACKED = 'prepacked_';

function rangesOf(value: string): ExternalRange[] {
  const [, ...ranges] = value.split('|');
  return ranges.map((range) => {
    const [offset, bytes] = range.split(';').map(Number);
    return { offset: offset as number, bytes: bytes as number };
  });
}

type Entry = readonly [key: string, value: string];

function editInitializers(
  model: Uint8Array,
  edit: (name: string, entries: readonly Entry[]) => readonly Entry[],
): Uint8Array {
  return editField(model, GRAPH, (graph) =>
    editField(graph, INITIALIZER, (tensor) => editTensor(tensor, edit)),
  );
}

function editTensor(
  tensor: Uint8Array,
  edit: (name: string, entries: readonly Entry[]) => readonly Entry[],
): Uint8Array {
  let name = '';
  const entries: Entry[] = [];
  const kept: Uint8Array[] = [];
  for (const { field, data, raw } of fieldsOf(tensor)) {
    if (field === TENSOR_NAME && data !== undefined) name = textOf(data);
    if (field === EXTERNAL_DATA && data !== undefined) entries.push(entryOf(data));
    else kept.push(raw);
  }
  if (entries.length === 0) return tensor;
  const written = edit(name, entries).map(([key, value]) => {
    const entry = new BinaryWriter();
    entry.tag(1, WireType.LengthDelimited).string(key);
    entry.tag(2, WireType.LengthDelimited).string(value);
    return delimited(EXTERNAL_DATA, entry.finish());
  });
  return Buffer.concat([...kept, ...written]);
}

function entryOf(bytes: Uint8Array): Entry {
  const texts = new Map(fieldsOf(bytes).map(({ field, data }) => [field, textOf(data ?? new Uint8Array())]));
  return [texts.get(1) ?? '', texts.get(2) ?? ''];
}

function editField(message: Uint8Array, wanted: number, edit: (data: Uint8Array) => Uint8Array): Uint8Array {
  const parts = fieldsOf(message).map(({ field, data, raw }) =>
    field === wanted && data !== undefined ? delimited(field, edit(data)) : raw,
  );
  return Buffer.concat(parts);
}

interface Field {
  readonly field: number;
  /** Contents of a length-delimited field. */
  readonly data: Uint8Array | undefined;
  /** With its tag. */
  readonly raw: Uint8Array;
}

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    const data = wireType === WireType.LengthDelimited ? reader.bytes() : undefined;
    if (data === undefined) reader.skip(wireType, field);
    fields.push({ field, data, raw: message.subarray(start, reader.pos) });
  }
  return fields;
}

function delimited(field: number, data: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(data).finish();
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
