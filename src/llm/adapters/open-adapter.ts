import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { sha256OfFile } from '../../models/index.ts';
import { isAdaptable } from '../architectures/adapted-products.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { type FileRole, openSafetensorsFile } from '../formats/safetensors.ts';
import type { AdapterBase } from './adapter-base.ts';
import { readAdapterConfig } from './adapter-config.ts';
import { type AdapterFactors, readFactors } from './adapter-factors.ts';

/** What is known of an adapter in use. */
export interface AdapterInfo {
  /** Its folder's name. */
  readonly name: string;
  /** Its adapter_model.safetensors. */
  readonly file: string;
  readonly rank: number;
  readonly sha256: string;
}

/** An adapter that fits a model. */
export interface Adapter {
  readonly info: AdapterInfo;
  readonly factors: AdapterFactors;
}

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';

const ADAPTER_FILE: FileRole = {
  missing: 'NOT_FOUND',
  corrupt: 'ADAPTER_CORRUPT',
  unsupported: 'ADAPTER_UNSUPPORTED',
  kind: 'adapter',
  shown: (file) => file,
  missingRemedy: `Give a folder with ${CONFIG} and ${WEIGHTS}, as PEFT saves it.`,
  corruptRemedy: 'Save or copy the adapter again.',
};

/**
 * Reads a LoRA adapter as PEFT saves it: a folder, or its safetensors file with adapter_config.json beside it. All is
 * checked before it returns. Errors: NOT_FOUND, ADAPTER_CORRUPT, ADAPTER_UNSUPPORTED (not plain LoRA, or layers that
 * aren't computed with adapters here), ADAPTER_MISMATCH (made for another model).
 */
export async function openAdapter(location: string, { spec, sha256s }: AdapterBase): Promise<Adapter> {
  checkAdaptable(spec);
  const file = await weightsOf(path.resolve(location));
  const folder = path.dirname(file);
  const config = await readAdapterConfig(path.join(folder, CONFIG));
  if (config.baseSha256 !== undefined && sha256s.length > 0 && !sha256s.includes(config.baseSha256)) {
    throw new CodriverError(
      'ADAPTER_MISMATCH',
      `The adapter ${folder} was trained for a model with the SHA-256 ${config.baseSha256}${named(config.baseName)}; this one's is ${sha256s.join(', ')}.`,
      {
        remedy: 'Load the model that it was trained for, or an adapter for this one.',
        details: { file, expected: config.baseSha256, found: sha256s },
      },
    );
  }
  const opened = await openSafetensorsFile(file, ADAPTER_FILE);
  try {
    const factors = await readFactors(opened, config, spec);
    const info = {
      name: path.basename(folder),
      file,
      rank: config.rank,
      sha256: await sha256OfFile(file),
    };
    return { info, factors };
  } finally {
    await opened.close();
  }
}

/** ADAPTER_UNSUPPORTED for a model whose layers aren't computed with adapters. */
export function checkAdaptable(spec: DecoderSpec): void {
  if (isAdaptable(spec)) return;
  throw new CodriverError(
    'ADAPTER_UNSUPPORTED',
    `A ${spec.architecture} model is not computed with adapters here; llama, qwen2 and gemma3 are.`,
    { remedy: 'Load it without an adapter, or use a model of these.' },
  );
}

/** The safetensors file of an adapter. */
async function weightsOf(location: string): Promise<string> {
  const entry = await stat(location).catch(() => undefined);
  const isFolder = entry?.isDirectory() === true;
  const file = isFolder ? path.join(location, WEIGHTS) : location;
  const facts = isFolder ? await stat(file).catch(() => undefined) : entry;
  if (facts?.isFile() !== true) {
    const what = isFolder
      ? `The adapter's folder ${location} has no ${WEIGHTS}`
      : `There is no adapter ${location}`;
    throw new CodriverError('NOT_FOUND', `${what}.`, {
      remedy: ADAPTER_FILE.missingRemedy,
      details: { file },
    });
  }
  if (file.endsWith('.safetensors')) return file;
  throw new CodriverError('ADAPTER_UNSUPPORTED', `The adapter ${file} is not a safetensors file.`, {
    remedy: ADAPTER_FILE.missingRemedy,
    details: { file },
  });
}

function named(base: string | undefined): string {
  return base ? ` (${base})` : '';
}
