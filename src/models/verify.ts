import { createHash } from 'node:crypto';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CodriverError } from '../domain/errors.ts';
import type { CatalogueEntry } from './catalogue.ts';

const SidecarSchema = z.object({ sha256: z.string(), bytes: z.number(), modifiedMs: z.number() });

/** Checks size and SHA-256 of a file against the catalogue; MODEL_MISSING or MODEL_CORRUPT when they differ. */
export async function verifyModel(entry: CatalogueEntry, file: string): Promise<void> {
  const facts = await stat(file).catch(() => undefined);
  if (facts === undefined || !facts.isFile()) {
    throw new CodriverError('MODEL_MISSING', `The model ${entry.name} is not at ${file}.`, {
      remedy: pullCommand(entry),
      details: { name: entry.name, file },
    });
  }
  if (facts.size !== entry.bytes) {
    throw corruptModel(entry, file, `it has ${facts.size} bytes instead of ${entry.bytes}`);
  }
  // Hashing takes a good part of a second: it is done once for each size and time of change.
  const remembered = await rememberedSha256(file);
  const sha256 = remembered ?? (await sha256OfFile(file));
  if (sha256 !== entry.sha256) {
    throw corruptModel(entry, file, `its SHA-256 is ${sha256} instead of ${entry.sha256}`);
  }
  // A home that can't be written to only costs the shortcut.
  if (remembered === undefined) {
    const content = JSON.stringify({ sha256, bytes: facts.size, modifiedMs: facts.mtimeMs });
    await writeFile(sidecarOf(file), `${content}\n`).catch(() => {});
  }
}

/** SHA-256 of a model's file where it was verified since it was last changed; undefined where it would have to be read. */
export async function rememberedSha256(file: string): Promise<string | undefined> {
  const facts = await stat(file).catch(() => undefined);
  const remembered = await readSidecar(sidecarOf(file));
  const known = remembered?.bytes === facts?.size && remembered?.modifiedMs === facts?.mtimeMs;
  return known ? remembered?.sha256 : undefined;
}

function sidecarOf(file: string): string {
  return `${file}.verified.json`;
}

/** MODEL_CORRUPT for a catalogued model's file. */
export function corruptModel(entry: CatalogueEntry, file: string, why: string): CodriverError {
  return new CodriverError('MODEL_CORRUPT', `The model ${entry.name} at ${file} is damaged: ${why}.`, {
    remedy: pullCommand(entry),
    details: { name: entry.name, file },
  });
}

function pullCommand(entry: CatalogueEntry): string {
  return `Run \`npx codriver models pull ${path.basename(entry.name)}\`.`;
}

async function readSidecar(file: string): Promise<z.infer<typeof SidecarSchema> | undefined> {
  try {
    return SidecarSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** SHA-256 of a file, as hexadecimal digits. */
export async function sha256OfFile(
  file: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1 << 20);
  const handle = await open(file, 'r');
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      onBytes(bytesRead);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}
