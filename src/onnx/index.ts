export { collectGarbage } from './collect-garbage.ts';
export {
  type ExternalInitializer,
  type ExternalRange,
  externalInitializers,
  type NewPlace,
  relocateExternals,
} from './external-data.ts';
export { readModelMetadata } from './model-reader.ts';
export { type ExternalBytes, type OnnxElementType, OnnxModelWriter } from './model-writer.ts';
export { type OnnxWorker, type OnnxWorkerOptions, openOnnxWorker } from './onnx-worker.ts';
export { createSession, type SessionSettings, sessionOptions } from './session.ts';
export type { OnnxTensor, OnnxTensors, OnnxValueInfo, TensorType } from './tensor.ts';
export { giveWay, setThreadBudget, threadsWithinBudget } from './threads.ts';
export { type SpawnOptions, spawnWorker, type WorkerChannel } from './worker-channel.ts';
export { emitWorkerEvent, serveWorker, Transferred, workerSettings } from './worker-host.ts';
