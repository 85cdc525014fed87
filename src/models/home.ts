import { homedir } from 'node:os';
import path from 'node:path';
import type { CatalogueEntry } from './catalogue.ts';

/** Where pulled models live: CODRIVER_HOME, else `codriver` in XDG_CACHE_HOME or ~/.cache. */
export function modelHome(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.CODRIVER_HOME) return path.resolve(environment.CODRIVER_HOME);
  return path.join(environment.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'codriver');
}

/** Where the file of a catalogued model lies, whether it is there or not. */
export function modelPath(entry: CatalogueEntry, home: string = modelHome()): string {
  return path.join(home, 'models', entry.name, entry.file);
}
