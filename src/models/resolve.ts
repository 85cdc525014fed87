import { existsSync } from 'node:fs';
import path from 'node:path';
import { CodriverError } from '../domain/errors.ts';
import { type CatalogueEntry, catalogue, catalogueEntry } from './catalogue.ts';
import { modelHome, modelPath } from './home.ts';
import { verifyModel } from './verify.ts';

/**
 * The path of a model's file: a catalogued name gives its verified file, anything with a folder or
 * an extension in it is taken as a path to a file of one's own. Errors: MODEL_MISSING, MODEL_CORRUPT, NOT_FOUND.
 */
export async function resolveModel(nameOrPath: string, home: string = modelHome()): Promise<string> {
  const isPath = nameOrPath.includes(path.sep) || /\.(gguf|onnx)$/i.test(nameOrPath);
  if (isPath) {
    const file = path.resolve(nameOrPath);
    if (existsSync(file)) return file;
    throw new CodriverError('MODEL_MISSING', `There is no model file at ${file}.`, {
      remedy: 'Check the path, or name a model of `npx codriver models list`.',
      details: { file },
    });
  }
  const entry = catalogueEntry(nameOrPath);
  const file = modelPath(entry, home);
  await verifyModel(entry, file);
  return file;
}

/** A catalogued model and the state of its file. */
export interface ModelStatus {
  readonly entry: CatalogueEntry;
  readonly file: string;
  readonly state: 'ready' | 'missing' | 'corrupt';
  /** What is wrong, when something is. */
  readonly error?: CodriverError;
}

/** The state of every catalogued model. */
export async function modelStatus(home: string = modelHome()): Promise<ModelStatus[]> {
  return Promise.all(
    catalogue().map(async (entry): Promise<ModelStatus> => {
      const file = modelPath(entry, home);
      try {
        await verifyModel(entry, file);
        return { entry, file, state: 'ready' };
      } catch (thrown) {
        const error = CodriverError.from(thrown);
        return { entry, file, state: error.code === 'MODEL_MISSING' ? 'missing' : 'corrupt', error };
      }
    }),
  );
}
