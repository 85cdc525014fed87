import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rosStatus } from '../../ros/setup/status.ts';
import { chromiumPath } from '../../src/cli/chromium.ts';

/** A part of the project that is set up apart from `npm ci`. */
export type Part = 'model' | 'ocr' | 'shared' | 'chromium' | 'ffmpeg' | 'python-peers' | 'ros';

/** The root of the repository. */
export const repositoryRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const modelHome =
  process.env.CODRIVER_HOME ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'codriver');

const sharedRoot = process.env.CODRIVER_SHARED ?? path.resolve(repositoryRoot, '../shared');

interface Setup {
  readonly present: () => boolean;
  readonly command: string;
}

const onPath = (name: string): boolean =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(path.join(folder, name)));

/** How each part is found, and the command that sets it up. */
export const SETUPS: Readonly<Record<Part, Setup>> = {
  model: {
    present: () => existsSync(modelFile('smollm2-135m-instruct')),
    command: 'npx codriver models pull smollm2-135m-instruct',
  },
  ocr: {
    present: () => existsSync(modelFile('ppocrv6-rec-small')),
    command: 'npx codriver models pull ppocrv6-rec-small',
  },
  shared: {
    present: () => existsSync(path.join(sharedRoot, 'data', 'mcap-real')),
    command: 'put the shared test data in ../shared, or set CODRIVER_SHARED',
  },
  chromium: { present: () => chromiumPath() !== undefined, command: 'apt-get install chromium' },
  ffmpeg: { present: () => onPath('ffmpeg'), command: 'apt-get install ffmpeg' },
  ros: { present: () => rosStatus(repositoryRoot).ready, command: 'npm run ros:setup' },
  'python-peers': {
    present: () => existsSync(pythonPeers()),
    command: 'npm run setup:peers',
  },
};

/** Value for the `skip` option of a test: false when the part is set up, else the line to print. */
export function need(...parts: Part[]): string | false {
  for (const part of parts) {
    const setup = SETUPS[part];
    if (setup.present()) continue;
    // The shared data is no part of the project and can't be set up from it, so its tests may always skip.
    if (process.env.CODRIVER_REQUIRE === 'all' && part !== 'shared') return false;
    return `${part} is not set up: ${setup.command}`;
  }
  return false;
}

/** Where a pulled model's file lies. */
export function modelFile(name: 'smollm2-135m-instruct' | 'ppocrv6-rec-small'): string {
  const file = {
    'smollm2-135m-instruct': 'SmolLM2-135M-Instruct.Q4_1.gguf',
    'ppocrv6-rec-small': 'PP-OCRv6_rec_small.onnx',
  }[name];
  return path.join(modelHome, 'models', name, file);
}

/** A path inside the shared test data; meaningful only when `need('shared')` is false. */
export function sharedData(...segments: string[]): string {
  return path.join(sharedRoot, 'data', ...segments);
}

/** The Python interpreter of the pinned peers in `test/requirements.txt`. */
export function pythonPeers(): string {
  return path.join(repositoryRoot, '.venv', 'bin', 'python');
}
