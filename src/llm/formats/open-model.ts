import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { MANIFEST_FILE } from '../store/manifest.ts';
import { StoreModel } from '../store/store-model.ts';
import { type GgufFile, openGguf } from './gguf.ts';
import { openSafetensorsModel, type SafetensorsModel } from './safetensors-model.ts';

/** A model as its files give it. */
export type ModelSource = GgufFile | SafetensorsModel | StoreModel;

/** Opens a GGUF file; a block store; or a folder with config.json and safetensors, or one of those files, or their index. */
export async function openModel(location: string): Promise<ModelSource> {
  const isFolder = await stat(location).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (isFolder && existsSync(path.join(location, MANIFEST_FILE))) return StoreModel.open(location);
  return isFolder || /\.safetensors(\.index\.json)?$/.test(location)
    ? openSafetensorsModel(location)
    : openGguf(location);
}
