import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { RawLog } from '../../../src/io/log/raw-log.ts';
import { pythonPeers, sharedData } from '../../support/require.ts';

/** A message as one line that any reader can make: time, topic, type, length, CRC-32 of its bytes. */
export type MessageLine = string;

/** Every message of a log as a line, in the log's order; types in ROS 2's long form. */
export async function linesOf(
  log: RawLog,
  onDamage = (why: string): void => void why,
): Promise<MessageLine[]> {
  const lines: MessageLine[] = [];
  for await (const message of log.messages({ onDamage: ({ why }) => onDamage(why) })) {
    const { topic, schemaName } = message.channel;
    lines.push(
      [message.logTimeNs, topic, longType(schemaName), message.data.length, crc32(message.data)].join(' '),
    );
  }
  return lines;
}

/** `turtlesim/Pose` as `turtlesim/msg/Pose`, as rosbags names it. */
function longType(type: string): string {
  return type.split('/').length === 2 ? type.replace('/', '/msg/') : type;
}

const PRELUDE = `
import json, sys, zlib
def line(time, topic, kind, data):
    kind = kind.replace('/', '/msg/') if kind.count('/') == 1 else kind
    return f'{time} {topic} {kind} {len(data)} {zlib.crc32(data)}'
`;

/** By `rosbags`: one file, .db3, .mcap or .bag. Its order among equal times is its own. */
const ROSBAGS = `${PRELUDE}
from pathlib import Path
from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag2 import Reader as Reader2
out = []
for name in sys.argv[1:]:
    with (Reader1 if name.endswith('.bag') else Reader2)(Path(name)) as reader:
        out.append([line(time, c.topic, c.msgtype, data) for c, time, data in reader.messages()])
print(json.dumps(out))
`;

/** By Python's own SQLite, in the order of time and row. */
const SQLITE = `${PRELUDE}
import sqlite3
out = []
for name in sys.argv[1:]:
    rows = sqlite3.connect(f'file:{name}?immutable=1', uri=True).execute(
        'SELECT m.timestamp, t.name, t.type, m.data FROM messages m JOIN topics t ON t.id = m.topic_id '
        'ORDER BY m.timestamp, m.id')
    out.append([line(*row) for row in rows])
print(json.dumps(out))
`;

/** The messages of each file as `rosbags` reads them. */
export function rosbagsLines(files: readonly string[]): MessageLine[][] {
  return runPython(pythonPeers(), ROSBAGS, files);
}

/** The messages of each .db3 as Python's SQLite reads them. */
export function sqliteLines(files: readonly string[]): MessageLine[][] {
  return runPython(pythonPeers(), SQLITE, files);
}

/** Writes a bag of many small chunks, which overlap in time as those of `rosbag filter` do. */
export const MANY_CHUNKS_BAG = `
import sys, json, random
from pathlib import Path
from rosbags.rosbag1 import Writer
random.seed(7)
writer = Writer(Path(sys.argv[1]))
writer.chunk_threshold = 4096
if sys.argv[2] != 'none':
    writer.set_compression(getattr(Writer.CompressionFormat, sys.argv[2].upper()))
with writer:
    for name in ('/a', '/b'):
        writer.add_connection(name, 'std_msgs/msg/String', msgdef='string data\\n', md5sum='992ce8a1687cec8c8bd883ec73ca41d1')
    for step in range(3000):
        time = 10**18 + (step + random.randint(-40, 40)) * 1000003
        writer.write(writer.connections[step % 2], max(time, 10**18), b'\\x04\\0\\0\\0' + step.to_bytes(4, 'big') + b'pad' * (step % 9))
print(json.dumps('done'))
`;

/** What a script prints as JSON. */
export function runPython<T>(python: string, script: string, parameters: readonly string[]): T {
  const options = { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const;
  return JSON.parse(execFileSync(python, ['-c', script, ...parameters], options));
}

/** The real rosbag2 files of a kind. */
export function rosbag2Files(extension: '.db3' | '.mcap' | 'metadata.yaml'): string[] {
  return filesUnder(sharedData('rosbag2-tests'), extension);
}

/** The real ROS 1 bags. */
export function rosbag1Files(): string[] {
  return filesUnder(sharedData('rosbag1-fixtures'), '.bag');
}

function filesUnder(folder: string, extension: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries
    .filter((name) => name.endsWith(extension))
    .map((name) => path.join(folder, name))
    .toSorted();
}

/** A generator of numbers in [0, 1) that gives the same ones every time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
