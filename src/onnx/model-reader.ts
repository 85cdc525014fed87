import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { CodriverError } from '../domain/errors.ts';

const METADATA_PROPS = 14;

/**
 * The `metadata_props` of an ONNX ModelProto (onnx/onnx.proto, field 14). onnxruntime-node does not
 * give them out, and some models keep their vocabulary there. The graph is skipped, not parsed.
 */
export function readModelMetadata(model: Uint8Array, subject: string): Record<string, string> {
  const metadata: Record<string, string> = {};
  try {
    const reader = new BinaryReader(model);
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === METADATA_PROPS && wireType === WireType.LengthDelimited) {
        const [key, value] = readEntry(reader.bytes());
        metadata[key] = value;
      } else {
        reader.skip(wireType, field);
      }
    }
  } catch (cause) {
    throw new CodriverError(
      'MODEL_CORRUPT',
      `${subject} is not an ONNX model: ${(cause as Error).message}.`,
      {
        remedy: 'Pull the model again, or check the path.',
        cause,
      },
    );
  }
  return metadata;
}

function readEntry(bytes: Uint8Array): [string, string] {
  const reader = new BinaryReader(bytes);
  let key = '';
  let value = '';
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) key = reader.string();
    else if (field === 2) value = reader.string();
    else reader.skip(wireType, field);
  }
  return [key, value];
}
