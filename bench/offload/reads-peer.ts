import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { alignedMemories } from '../../src/llm/executors/stream/aligned-memory.ts';
import { DirectFile } from '../../src/llm/executors/stream/direct-file.ts';
import { STREAMED_READ } from '../../src/llm/prepared/prepared-files.ts';

// Runs in a process of its own: reads-peer.ts FOLDER. Prints the bytes a second of direct reads of a prepared model's
// segments with nothing else done: the most that streaming could reach. Rates depend on the buffers' pages; the best
// of several sets counts.
const SETS = 4;
const SECONDS = 1;

const { blockBytes, buffers: count } = STREAMED_READ;
const folder = process.argv[2] as string;
const files: { readonly file: DirectFile; readonly blocks: number }[] = [];
for (const name of readdirSync(folder).filter((one) => one.endsWith('.bin'))) {
  const segment = path.join(folder, name);
  files.push({
    file: await DirectFile.open(segment),
    blocks: Math.floor(statSync(segment).size / blockBytes),
  });
}
/** Every whole block of every file, in order and round again. */
const blocks = files.flatMap(({ file, blocks: own }) =>
  Array.from({ length: own }, (_, block) => ({ file, offset: block * blockBytes })),
);
let next = 0;
let best = 0;
for (let set = 0; set < SETS; set++) {
  const first = files[0]?.file as DirectFile;
  const buffers = await alignedMemories(count, blockBytes, first);
  const startMs = performance.now();
  let bytes = 0;
  const lane = async (memory: Uint8Array): Promise<void> => {
    while (performance.now() - startMs < 1000 * SECONDS) {
      const { file, offset } = blocks[next++ % blocks.length] as (typeof blocks)[number];
      await file.read(memory, offset);
      bytes += blockBytes;
    }
  };
  await Promise.all(buffers.map(lane));
  best = Math.max(best, (bytes * 1000) / (performance.now() - startMs));
}
console.log(best);
for (const { file } of files) await file.close();
