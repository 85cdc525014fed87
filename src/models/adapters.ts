import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodriverError } from '../domain/errors.ts';
import { adapterCatalogue } from './catalogue.ts';
import { sha256OfFile } from './verify.ts';

const FOLDER = fileURLToPath(new URL('../../models/adapters/', import.meta.url));

/**
 * The folder or file of an adapter: a shipped one by its name, checked against the catalogue, or the path of one's own;
 * undefined for `none`. Errors: NOT_FOUND, ADAPTER_CORRUPT.
 */
export async function resolveAdapter(nameOrPath: string): Promise<string | undefined> {
  if (nameOrPath === 'none') return undefined;
  const entry = adapterCatalogue().find(({ name }) => name === nameOrPath);
  if (entry === undefined) {
    if (existsSync(nameOrPath)) return path.resolve(nameOrPath);
    const names = adapterCatalogue().map(({ name }) => name);
    throw new CodriverError('NOT_FOUND', `There is no adapter ${nameOrPath}.`, {
      remedy: `Name one of ${[...names, 'none'].join(', ')}, or a folder with adapter_config.json.`,
      details: { name: nameOrPath, names },
    });
  }
  const folder = path.join(FOLDER, entry.name);
  const file = path.join(folder, 'adapter_model.safetensors');
  const sha256 = existsSync(file) ? await sha256OfFile(file) : 'that of no file';
  if (sha256 !== entry.sha256) {
    throw new CodriverError(
      'ADAPTER_CORRUPT',
      `The adapter ${entry.name} at ${file} is damaged: its SHA-256 is ${sha256} instead of ${entry.sha256}.`,
      { remedy: 'Check the project out again, or use --adapter none.', details: { file } },
    );
  }
  return folder;
}
