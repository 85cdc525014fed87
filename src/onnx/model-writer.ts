import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Element type codes of onnx.proto's TensorProto.DataType. */
export const ONNX_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;

/** Element types that can be written. */
export type OnnxElementType = keyof typeof ONNX_TYPES;

/** An attribute: a whole number (bigint or integer), a float wrapped as `{float}`, text, or a list of integers. */
export type OnnxAttribute = number | { readonly float: number } | string | readonly number[];

/** Bytes of an initializer in a file beside the model. */
export interface ExternalBytes {
  /** File name relative to the model. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

const IR_VERSION = 10;
const ONNX_OPSET = 21;
const EXTERNAL = 1;

/** Builds an ONNX ModelProto (onnx/onnx.proto3) node by node. Names must be unique, nodes in topological order. */
export class OnnxModelWriter {
  readonly #name: string;
  readonly #nodes: Uint8Array[] = [];
  readonly #initializers: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Declares a graph input; a string in `shape` names an open dimension. */
  input(name: string, type: OnnxElementType, shape: readonly (number | string)[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Declares a value made by a node as a graph output. */
  output(name: string, type: OnnxElementType, shape: readonly (number | string)[]): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** Adds a node and returns its first output. An empty input name means "left out". */
  node(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain: '' | 'com.microsoft' = '',
  ): string {
    const writer = new BinaryWriter();
    for (const name of inputs) writer.tag(1, WireType.LengthDelimited).string(name);
    for (const name of outputs) writer.tag(2, WireType.LengthDelimited).string(name);
    writer.tag(3, WireType.LengthDelimited).string(outputs[0] ?? operator);
    writer.tag(4, WireType.LengthDelimited).string(operator);
    for (const [name, value] of Object.entries(attributes)) {
      writer.tag(5, WireType.LengthDelimited).bytes(attribute(name, value));
    }
    if (domain !== '') writer.tag(7, WireType.LengthDelimited).string(domain);
    this.#nodes.push(writer.finish());
    return outputs[0] ?? '';
  }

  /** Adds an initializer whose little-endian bytes are inside the model. For small tensors. */
  initializer(name: string, type: OnnxElementType, dims: readonly number[], data: ArrayBufferView): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const writer = tensorHead(name, type, dims);
    writer.tag(9, WireType.LengthDelimited).bytes(bytes);
    this.#initializers.push(writer.finish());
    return name;
  }

  /** Adds an initializer whose bytes lie in another file. */
  externalInitializer(
    name: string,
    type: OnnxElementType,
    dims: readonly number[],
    at: ExternalBytes,
  ): string {
    const writer = tensorHead(name, type, dims);
    for (const [key, value] of Object.entries(at)) {
      const entry = new BinaryWriter();
      entry.tag(1, WireType.LengthDelimited).string(key);
      entry.tag(2, WireType.LengthDelimited).string(String(value));
      writer.tag(13, WireType.LengthDelimited).bytes(entry.finish());
    }
    writer.tag(14, WireType.Varint).int32(EXTERNAL);
    this.#initializers.push(writer.finish());
    return name;
  }

  /** The serialised ModelProto. */
  finish(): Uint8Array {
    const graph = new BinaryWriter();
    for (const node of this.#nodes) graph.tag(1, WireType.LengthDelimited).bytes(node);
    graph.tag(2, WireType.LengthDelimited).string(this.#name);
    for (const tensor of this.#initializers) graph.tag(5, WireType.LengthDelimited).bytes(tensor);
    for (const value of this.#inputs) graph.tag(11, WireType.LengthDelimited).bytes(value);
    for (const value of this.#outputs) graph.tag(12, WireType.LengthDelimited).bytes(value);
    const model = new BinaryWriter();
    model.tag(1, WireType.Varint).int64(IR_VERSION);
    model.tag(2, WireType.LengthDelimited).string('codriver');
    model.tag(7, WireType.LengthDelimited).bytes(graph.finish());
    for (const [domain, version] of [
      ['', ONNX_OPSET],
      ['com.microsoft', 1],
    ] as const) {
      const opset = new BinaryWriter();
      opset.tag(1, WireType.LengthDelimited).string(domain);
      opset.tag(2, WireType.Varint).int64(version);
      model.tag(8, WireType.LengthDelimited).bytes(opset.finish());
    }
    return model.finish();
  }
}

function tensorHead(name: string, type: OnnxElementType, dims: readonly number[]): BinaryWriter {
  const writer = new BinaryWriter();
  for (const dim of dims) writer.tag(1, WireType.Varint).int64(dim);
  writer.tag(2, WireType.Varint).int32(ONNX_TYPES[type]);
  writer.tag(8, WireType.LengthDelimited).string(name);
  return writer;
}

function attribute(name: string, value: OnnxAttribute): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  if (typeof value === 'number') {
    writer.tag(3, WireType.Varint).int64(value);
    writer.tag(20, WireType.Varint).int32(2);
  } else if (typeof value === 'string') {
    writer.tag(4, WireType.LengthDelimited).string(value);
    writer.tag(20, WireType.Varint).int32(3);
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    writer.tag(20, WireType.Varint).int32(1);
  } else {
    for (const item of value) writer.tag(8, WireType.Varint).int64(item);
    writer.tag(20, WireType.Varint).int32(7);
  }
  return writer.finish();
}

function valueInfo(name: string, type: OnnxElementType, shape: readonly (number | string)[]): Uint8Array {
  const dims = new BinaryWriter();
  for (const dim of shape) {
    const one = new BinaryWriter();
    if (typeof dim === 'number') one.tag(1, WireType.Varint).int64(dim);
    else one.tag(2, WireType.LengthDelimited).string(dim);
    dims.tag(1, WireType.LengthDelimited).bytes(one.finish());
  }
  const tensor = new BinaryWriter();
  tensor.tag(1, WireType.Varint).int32(ONNX_TYPES[type]);
  tensor.tag(2, WireType.LengthDelimited).bytes(dims.finish());
  const typeProto = new BinaryWriter();
  typeProto.tag(1, WireType.LengthDelimited).bytes(tensor.finish());
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  writer.tag(2, WireType.LengthDelimited).bytes(typeProto.finish());
  return writer.finish();
}
