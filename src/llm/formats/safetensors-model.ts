import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import type { GgufValue } from './byte-cursor.ts';
import { openSafetensorsFile, type SafetensorsFile, type SafetensorsInfo } from './safetensors.ts';
import type { WeightSource } from './weight-source.ts';

/** A model as transformers saves it: config.json and one or several safetensors files beside it. */
export interface SafetensorsModel extends WeightSource {
  readonly format: 'safetensors';
  readonly folder: string;
  /** Paths of the files that hold the tensors. */
  readonly files: readonly string[];
  /** config.json, nested keys joined by dots; what is null there is absent. */
  readonly config: ReadonlyMap<string, GgufValue>;
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const JSON_LIMIT = 1 << 26;
const MOST_FILES = 4096;

/**
 * Opens a folder, a safetensors file in it, or its index of several files. Errors: MODEL_MISSING,
 * MODEL_CORRUPT (naming the tensor or the file), MODEL_UNSUPPORTED.
 */
export async function openSafetensorsModel(location: string): Promise<SafetensorsModel> {
  const folder = (await isFolder(location)) ? location : path.dirname(location);
  const config = new Map<string, GgufValue>();
  flatten(await readJson(path.join(folder, 'config.json')), '', config);
  const owners = new Map<string, SafetensorsFile>();
  const files: SafetensorsFile[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(files.map((file) => file.close()));
  };
  try {
    const weightMap = await readIndex(folder, location);
    const names =
      weightMap === undefined
        ? [location === folder ? SINGLE : path.basename(location)]
        : [...new Set(weightMap.values())];
    const opened = new Map<string, SafetensorsFile>();
    for (const name of names) {
      const file = await openSafetensorsFile(path.join(folder, name));
      files.push(file);
      opened.set(name, file);
      if (weightMap === undefined) for (const tensor of file.tensors.keys()) owners.set(tensor, file);
    }
    for (const [tensor, name] of weightMap ?? []) {
      const owner = opened.get(name) as SafetensorsFile;
      if (!owner.tensors.has(tensor))
        throw corrupt(`tensor "${tensor}" is not in ${name}, where the index puts it`, { tensor });
      owners.set(tensor, owner);
    }
    const paths = names.map((name) => path.join(folder, name));
    return { format: 'safetensors', folder, files: paths, config, ...reader(location, owners), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function reader(file: string, owners: ReadonlyMap<string, SafetensorsFile>): Omit<WeightSource, 'close'> {
  const tensors = new Map<string, SafetensorsInfo>();
  for (const [name, owner] of owners) tensors.set(name, owner.tensors.get(name) as SafetensorsInfo);
  const at = (name: string): [SafetensorsFile, SafetensorsInfo] => {
    const [owner, tensor] = [owners.get(name), tensors.get(name)];
    if (owner === undefined || tensor === undefined)
      throw new CodriverError('INTERNAL', `"${name}" is no tensor of ${file}.`);
    return [owner, tensor];
  };
  return {
    file,
    tensors,
    readTensor: async ({ name }) => {
      const [owner, tensor] = at(name);
      const whole = Buffer.allocUnsafeSlow(tensor.bytes);
      await owner.read(tensor, 0, whole);
      return whole;
    },
    readTensorPart: ({ name }, offset, into) => {
      const [owner, tensor] = at(name);
      return owner.read(tensor, offset, into);
    },
    readTensorPartSync: ({ name }, offset, into) => {
      const [owner, tensor] = at(name);
      owner.readSync(tensor, offset, into);
    },
  };
}

/** Tensor to file name, where the model is in several files; undefined where it is in one. */
async function readIndex(folder: string, location: string): Promise<Map<string, string> | undefined> {
  const index = location.endsWith('.json') ? location : path.join(folder, INDEX);
  const isSingle = location.endsWith('.safetensors') || (location === folder && !(await exists(index)));
  if (isSingle) return undefined;
  const { weight_map: weightMap } = await readJson(index);
  if (typeof weightMap !== 'object' || weightMap === null)
    throw corrupt(`${path.basename(index)} has no weight_map`, {});
  const entries = Object.entries(weightMap as Record<string, unknown>).map(([tensor, name]) => {
    // Only files of the folder itself: the index is outside input.
    if (typeof name !== 'string' || name === '' || path.basename(name) !== name || name === '..')
      throw corrupt(`the index puts tensor "${tensor}" into ${JSON.stringify(name)}`, { tensor });
    return [tensor, name] as const;
  });
  const map = new Map(entries);
  if (new Set(map.values()).size > MOST_FILES) throw corrupt('the index names too many files', {});
  return map;
}

/** A JSON file that holds an object. */
async function readJson(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > JSON_LIMIT) throw corrupt(`${path.basename(file)} has ${size} bytes`, { bytes: size });
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof CodriverError) throw cause;
    throw new CodriverError('MODEL_MISSING', `${file} can't be read: ${(cause as Error).message}.`, {
      remedy: 'A model in safetensors needs its config.json beside it.',
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(`${path.basename(file)} is not JSON (${(cause as Error).message})`, {});
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw corrupt(`${path.basename(file)} does not hold an object`, {});
}

function flatten(
  value: Readonly<Record<string, unknown>>,
  prefix: string,
  into: Map<string, GgufValue>,
): void {
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null) continue;
    if (typeof inner === 'object' && !Array.isArray(inner))
      flatten(inner as Record<string, unknown>, `${prefix}${key}.`, into);
    else into.set(prefix + key, inner as GgufValue);
  }
}

async function isFolder(location: string): Promise<boolean> {
  try {
    return (await stat(location)).isDirectory();
  } catch (cause) {
    throw new CodriverError('MODEL_MISSING', `${location} can't be opened: ${(cause as Error).message}.`, {
      remedy: 'Check the path, or pull a model: `npx codriver models list` shows the names.',
      cause,
    });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function corrupt(why: string, details: Record<string, unknown>): CodriverError {
  return new CodriverError('MODEL_CORRUPT', `The model is damaged: ${why}.`, {
    remedy: 'Download or copy the model again.',
    details,
  });
}
