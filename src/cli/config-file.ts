import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { CodriverError, Config } from '../domain/index.ts';

/** The configuration that ships with codriver. */
export const DEFAULT_CONFIG_FILE = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../../config/codriver.yaml',
);

/** Reads and checks a configuration. Errors: BAD_CONFIG naming the file and the field. */
export function readConfig(file: string = DEFAULT_CONFIG_FILE): Config {
  if (!existsSync(file)) {
    throw new CodriverError('BAD_CONFIG', `There is no configuration file ${file}.`, {
      remedy: `Leave --config out to use ${path.basename(DEFAULT_CONFIG_FILE)}, or copy that file and edit the copy.`,
    });
  }
  const document = parseDocument(readFileSync(file, 'utf8'));
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw new CodriverError('BAD_CONFIG', `${file} is not valid YAML: ${syntax.message}`, {
      remedy: 'Correct the line named.',
    });
  }
  const parsed = Config.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CodriverError(
    'BAD_CONFIG',
    `${file}: ${issue?.path.join('.') || 'top level'}: ${issue?.message}`,
    {
      remedy: 'See config/codriver.yaml for every field with its default.',
    },
  );
}
