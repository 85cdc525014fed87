import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { CodriverError } from '../domain/errors.ts';
import { readModelMetadata } from './model-reader.ts';
import type { OnnxWorkerInfo } from './onnx-worker.ts';
import { createSession } from './session.ts';
import type { OnnxTensor, OnnxTensors, OnnxValueInfo } from './tensor.ts';
import { serveWorker, Transferred } from './worker-host.ts';

let session: InferenceSession | undefined;
let subject = '';

serveWorker({
  async open(params: { file: string; threads: number }): Promise<OnnxWorkerInfo> {
    subject = path.basename(params.file);
    const bytes = await readFile(params.file);
    const metadata = readModelMetadata(bytes, subject);
    try {
      session = await createSession(bytes, { threads: params.threads });
    } catch (cause) {
      throw new CodriverError(
        'MODEL_CORRUPT',
        `onnxruntime can't load ${subject}: ${(cause as Error).message}`,
        {
          remedy: 'Pull the model again, or check that the file is an ONNX model without external data.',
          cause,
        },
      );
    }
    return {
      inputs: session.inputMetadata.map(valueInfo),
      outputs: session.outputMetadata.map(valueInfo),
      metadata,
    };
  },

  async run(params: { feeds: OnnxTensors; fetches?: readonly string[] }): Promise<Transferred> {
    if (session === undefined) throw new CodriverError('INTERNAL', 'The worker has no open session.');
    const feeds: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(params.feeds)) {
      feeds[name] = new Tensor(tensor.type, tensor.data as never, tensor.dims);
    }
    let outputs: InferenceSession.OnnxValueMapType;
    try {
      outputs = await session.run(feeds, [...(params.fetches ?? session.outputNames)]);
    } catch (cause) {
      throw new CodriverError('MODEL_FAILED', `A run of ${subject} failed: ${(cause as Error).message}`, {
        cause,
      });
    }
    const results: Record<string, OnnxTensor> = {};
    const buffers = new Set<ArrayBuffer>();
    for (const [name, output] of Object.entries(outputs)) {
      const { type, data, dims } = output as Tensor;
      results[name] = { type, data, dims } as OnnxTensor;
      buffers.add((data as Float32Array).buffer as ArrayBuffer);
    }
    return new Transferred(results, [...buffers]);
  },

  async close(): Promise<void> {
    await session?.release();
  },
});

function valueInfo(value: InferenceSession.ValueMetadata): OnnxValueInfo {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { name: value.name, type: 'non-tensor', shape: [] };
}
