import { stat } from 'node:fs/promises';
import { type GgufFile, openGguf } from './gguf.ts';
import { openSafetensorsModel, type SafetensorsModel } from './safetensors-model.ts';

/** A model as its files give it. */
export type ModelSource = GgufFile | SafetensorsModel;

/** Opens a GGUF file; or a folder with config.json and safetensors, or one of those files, or their index. */
export async function openModel(location: string): Promise<ModelSource> {
  const isFolder = await stat(location).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  return isFolder || /\.safetensors(\.index\.json)?$/.test(location)
    ? openSafetensorsModel(location)
    : openGguf(location);
}
