/**
 * The JSON Schema of utterance scripts, for editors. `node --import tsx tools/utterance-schema.ts` writes it.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UtteranceScript } from '../src/io/utterance-script.ts';

const LINE_WIDTH = 110;

/** Where the schema lies in the repository. */
export const UTTERANCE_SCHEMA_FILE = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../config/schemas/utterances.schema.json',
);

/** The schema's file as it ought to be: what a script may hold, defaults left out included. */
export function utteranceSchemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(UtteranceScript, { io: 'input', target: 'draft-7' });
  const text = JSON.stringify({ $schema, title: 'codriver utterance script', ...schema }, null, 2);
  return `${inlineShortLists(text)}\n`;
}

/** Lists of words on one line where they fit, as the formatter wants them. */
function inlineShortLists(text: string): string {
  return text.replaceAll(/^(.*)\[\n\s+([^[\]{}]*?)\n\s+\](,?)$/gm, (whole, before, items, comma) => {
    const line = `${before}[${items.split(/,\n\s+/).join(', ')}]${comma}`;
    return line.length <= LINE_WIDTH ? line : whole;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(UTTERANCE_SCHEMA_FILE, utteranceSchemaText());
}
