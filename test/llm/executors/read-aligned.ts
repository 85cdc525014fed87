import { readFileSync } from 'node:fs';
import { alignedMemories } from '../../../src/llm/executors/stream/aligned-memory.ts';
import { DirectFile } from '../../../src/llm/executors/stream/direct-file.ts';

// Runs in a process of its own: read-aligned.ts FILE. Memory that was let go raises the size from which glibc maps, and
// leaves room in its heap.
for (let i = 0; i < 5; i++) {
  new Uint8Array((16 + i) << 20).fill(1);
  globalThis.gc?.();
}
const file = process.argv[2] as string;
const content = readFileSync(file);
const direct = await DirectFile.open(file);
const piece = content.length / 4;
for (const [i, memory] of (await alignedMemories(4, piece, direct)).entries()) {
  await direct.read(memory, i * piece);
  if (!content.subarray(i * piece, (i + 1) * piece).equals(memory)) throw new Error(`piece ${i} differs`);
}
await direct.close();
console.log(direct.isDirect ? 'equal' : 'not direct');
