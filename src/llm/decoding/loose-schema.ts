import { CodriverError } from '../../domain/errors.ts';
import type { JsonSchema } from './json-schema.ts';

/** Keywords that the grammar library accepts and then does not enforce. */
const UNENFORCED = [
  'not',
  'if',
  'then',
  'else',
  'allOf',
  'multipleOf',
  'uniqueItems',
  'contains',
  'dependentSchemas',
];

/** Keywords left to the value guard: slow or inexact as a grammar. */
const GUARDED = new Set(['maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']);

/**
 * The schema that is compiled: without annotations, and without what {@link ValueGuard} checks while
 * decoding (string lengths: half a second to compile and 3 ms a token; bounds of numbers: not exact).
 * Schemas with keywords that neither enforces are GRAMMAR_UNSUPPORTED.
 */
export function looseSchema(schema: JsonSchema): JsonSchema {
  return loosened(schema, '#') as JsonSchema;
}

function loosened(value: unknown, at: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const schema = value as JsonSchema;
  const result: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(schema)) {
    if (UNENFORCED.includes(key) && entry !== false) {
      throw new CodriverError(
        'GRAMMAR_UNSUPPORTED',
        `The JSON Schema uses "${key}" at ${at}, which can't be enforced.`,
        {
          remedy: 'Say it with enums, unions and bounds, and check the rest after parsing.',
          details: { keyword: key, at },
        },
      );
    }
    if (
      key === 'title' ||
      key === 'description' ||
      key === '$schema' ||
      key === 'examples' ||
      key === 'default'
    )
      continue;
    if (GUARDED.has(key) && (key === 'maxLength' || schema.type === 'number')) continue;
    result[key] = loosenedKeyword(key, entry, `${at}/${key}`);
  }
  return result;
}

function loosenedKeyword(key: string, entry: unknown, at: string): unknown {
  if (key === 'properties' || key === '$defs' || key === 'definitions' || key === 'patternProperties') {
    return Object.fromEntries(
      Object.entries(entry as JsonSchema).map(([name, schema]) => [name, loosened(schema, `${at}/${name}`)]),
    );
  }
  if (key === 'anyOf' || key === 'oneOf' || key === 'prefixItems') {
    return (entry as unknown[]).map((schema, i) => loosened(schema, `${at}/${i}`));
  }
  if (
    key === 'items' ||
    key === 'additionalProperties' ||
    key === 'unevaluatedProperties' ||
    key === 'unevaluatedItems'
  ) {
    return loosened(entry, at);
  }
  return entry;
}
