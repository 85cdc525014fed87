import { RosContext, RosNode } from '../../src/io/ros/index.ts';
import { LiveDecoder } from '../../src/io/ros/live-decoder.ts';
import { INPUTS, type InputTopic } from '../../src/io/ros/topics.ts';

// The camera as codriver hears it, in a process of its own; prints messages and CPU seconds when its input ends.
/** Messages before those that count: compilers are done by then. */
const WARM = 150;
const CAMERA = '/codriver/input/image/compressed';
const input = INPUTS.find(({ name }) => CAMERA.endsWith(name.slice(1))) as InputTopic;
const context = await RosContext.open([]);
const node = RosNode.create(context, 'codriver_bench_ours');
const decoder = new LiveDecoder(
  input,
  CAMERA,
  () => {},
  (error) => {
    throw error;
  },
);
let messages = 0;
let pixels = 0;
let first: NodeJS.CpuUsage | undefined;
node.hear({
  topic: CAMERA,
  type: input.type,
  qos: input.qos,
  onMessage: (cdr) => {
    if (messages === WARM) first = process.cpuUsage();
    const message = decoder.decode(cdr, BigInt(Date.now()) * 1_000_000n);
    if (message?.kind === 'frame') pixels = message.frame.widthPx * message.frame.heightPx;
    messages++;
  },
});
node.spin();
console.log('ready');
process.stdin.resume().once('end', () => {
  const { user, system } = process.cpuUsage(first);
  console.log(JSON.stringify({ messages: messages - WARM, pixels, cpuS: (user + system) / 1e6 }));
  context.close();
});
