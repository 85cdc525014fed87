import { open, readFile } from 'node:fs/promises';
import { dequantize } from '../../src/llm/formats/dequantize.ts';
import { openGguf } from '../../src/llm/formats/gguf.ts';

const ALIGNMENT = 32;
const F32 = 0;
/** The metadata lies within this many bytes. */
const HEADER_BYTES = 16 << 20;

/**
 * Writes a GGUF with the same metadata and the same weights, as 32-bit floats: what two runtimes then make of
 * them differs by rounding of floats alone, and not by how each rounds activations to 8 bits.
 */
export async function writeFloatCopy(file: string, copy: string): Promise<void> {
  const gguf = await openGguf(file);
  const out = await open(copy, 'w');
  try {
    const tensors = [...gguf.tensors.values()];
    const original = (await readFile(file)).subarray(0, HEADER_BYTES);
    const metadata = original.subarray(0, original.indexOf(named(tensors[0]!.name)));
    const head: Buffer[] = [metadata];
    let offset = 0;
    for (const { name, shape } of tensors) {
      const about = Buffer.alloc(4 + 8 * shape.length + 4 + 8);
      about.writeUInt32LE(shape.length, 0);
      for (const [i, dimension] of [...shape].reverse().entries())
        about.writeBigUInt64LE(BigInt(dimension), 4 + 8 * i);
      about.writeUInt32LE(F32, 4 + 8 * shape.length);
      about.writeBigUInt64LE(BigInt(offset), 8 + 8 * shape.length);
      head.push(named(name), about);
      offset += padded(4 * shape.reduce((product, dimension) => product * dimension, 1));
    }
    const header = Buffer.concat(head);
    await out.writeFile(header);
    await out.writeFile(Buffer.alloc(padded(header.length) - header.length));
    for (const tensor of tensors) {
      const values = dequantize(tensor.type, await gguf.readTensor(tensor));
      await out.writeFile(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
      await out.writeFile(Buffer.alloc(padded(values.byteLength) - values.byteLength));
    }
  } finally {
    await out.close();
    await gguf.close();
  }
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** A GGUF string: its length and its bytes. */
function named(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}
