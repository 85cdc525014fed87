export { CodriverNode, type NodeListener } from './codriver-node.ts';
export type { Brain, Run } from './node-ports.ts';
export { NODE_DEFAULTS, type Settings } from './parameters.ts';
export { playLogs } from './player.ts';
export { Recorder } from './recorder.ts';
export { RosContext, RosNode } from './ros-node.ts';
export { cleanSharedMemory } from './shared-memory.ts';
