import type { JsonSchema } from './json-schema.ts';
import type { NumberRange } from './number-range.ts';

/** The sub-schemas that may apply to one value: unions are spread, references resolved. */
export type SchemaNodes = readonly JsonSchema[];

/** Spreads a schema into its alternatives. */
export function alternatives(schema: unknown, root: JsonSchema, depth = 0): SchemaNodes {
  if (typeof schema !== 'object' || schema === null || depth > 32) return [];
  const node = schema as JsonSchema;
  if (typeof node.$ref === 'string') return alternatives(resolve(node.$ref, root), root, depth + 1);
  const union = (node.anyOf ?? node.oneOf) as unknown[] | undefined;
  if (Array.isArray(union)) return union.flatMap((entry) => alternatives(entry, root, depth + 1));
  return [node];
}

/** Alternatives for the value under `key`, and those of the objects that know the key. */
export function descend(
  nodes: SchemaNodes,
  key: string,
  root: JsonSchema,
): { owners: SchemaNodes; children: SchemaNodes } {
  const childOf = (node: JsonSchema): unknown => {
    const properties = node.properties as JsonSchema | undefined;
    return properties && Object.hasOwn(properties, key) ? properties[key] : node.additionalProperties;
  };
  const owners = nodes.filter((node) => typeof childOf(node) === 'object');
  return { owners, children: owners.flatMap((node) => alternatives(childOf(node), root)) };
}

/** Alternatives for the items of an array, at `index`. */
export function itemNodes(nodes: SchemaNodes, index: number, root: JsonSchema): SchemaNodes {
  return nodes.flatMap((node) => {
    const prefix = node.prefixItems as unknown[] | undefined;
    return alternatives(prefix?.[index] ?? node.items, root);
  });
}

/** Keeps the objects that allow `value` under `key`; all of them when none says so. */
export function discriminate(nodes: SchemaNodes, key: string, value: string, root: JsonSchema): SchemaNodes {
  const allows = (node: JsonSchema): boolean =>
    descend([node], key, root).children.some((child) => {
      if (child.const !== undefined) return child.const === value;
      return Array.isArray(child.enum) ? child.enum.includes(value) : true;
    });
  const kept = nodes.filter(allows);
  return kept.length === 0 ? nodes : kept;
}

/** The most characters a string may have under every alternative. */
export function stringLimit(nodes: SchemaNodes): number {
  const limits = nodes.map((node) => node.maxLength).filter((limit) => typeof limit === 'number');
  return Math.min(Number.POSITIVE_INFINITY, ...limits);
}

/** The ranges of the alternatives that are numbers: their intersection when it is not empty, else each. */
export function numberRanges(nodes: SchemaNodes): readonly NumberRange[] {
  const ranges = nodes.filter((node) => node.type === 'number').map(rangeOf);
  const both = ranges.reduce(
    (a, b) => ({
      low: Math.max(a.low, b.low),
      high: Math.min(a.high, b.high),
      lowOpen: b.low > a.low ? b.lowOpen : a.lowOpen,
      highOpen: b.high < a.high ? b.highOpen : a.highOpen,
    }),
    { low: -Number.MAX_VALUE, high: Number.MAX_VALUE, lowOpen: false, highOpen: false },
  );
  return both.low <= both.high ? [both] : ranges;
}

function rangeOf(node: JsonSchema): NumberRange {
  const number = (key: string): number | undefined =>
    typeof node[key] === 'number' ? (node[key] as number) : undefined;
  const low = Math.max(
    number('minimum') ?? -Number.MAX_VALUE,
    number('exclusiveMinimum') ?? -Number.MAX_VALUE,
  );
  const high = Math.min(
    number('maximum') ?? Number.MAX_VALUE,
    number('exclusiveMaximum') ?? Number.MAX_VALUE,
  );
  return {
    low,
    high,
    lowOpen: number('exclusiveMinimum') === low,
    highOpen: number('exclusiveMaximum') === high,
  };
}

function resolve(reference: string, root: JsonSchema): unknown {
  if (!reference.startsWith('#')) return undefined;
  let node: unknown = root;
  for (const part of reference
    .slice(1)
    .split('/')
    .filter((step) => step !== '')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    node = (node as Record<string, unknown> | undefined)?.[key];
  }
  return node;
}
