import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { modelHome } from '../../models/index.ts';
import { type MachineProfile, MachineProfileSchema } from './machine-profile.ts';

const REMEDY = 'Measure this machine: `npx codriver models profile`.';

/** Where the profile of this machine lies: beside the models, in CODRIVER_HOME or the user's cache folder. */
export function profilePath(environment: NodeJS.ProcessEnv = process.env): string {
  return path.join(modelHome(environment), 'machine-profile.json');
}

/** Reads a machine's profile. Errors: NOT_FOUND where there is none, BAD_CONFIG where it isn't one. */
export async function readProfile(file: string = profilePath()): Promise<MachineProfile> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT';
    throw new CodriverError(
      missing ? 'NOT_FOUND' : 'BAD_CONFIG',
      missing
        ? `There is no profile of this machine at ${file}.`
        : `The profile ${file} can't be read (${cause.message}).`,
      { remedy: REMEDY, cause, details: { file } },
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unusable(file, (cause as Error).message);
  }
  const parsed = MachineProfileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusable(file, `${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}

function unusable(file: string, why: string): CodriverError {
  return new CodriverError('BAD_CONFIG', `The profile ${file} is not usable: ${why}.`, {
    remedy: REMEDY,
    details: { file },
  });
}
