import { z } from 'zod';
import { Proposal, type Scene, type Utterance } from '../domain/index.ts';
import { objectsMeant, placesMeant } from './mentions.ts';
import { referentsOf } from './referents.ts';
import { utteranceSpans } from './utterance-spans.ts';

/** A JSON Schema as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Ids and names the domain can carry have at most this many characters. */
const MOST_CHARACTERS = 80;

/** Names a text property may take; an empty list means that no text would be right. */
type Names = Readonly<Record<string, readonly string[]>>;

/**
 * The Proposal's JSON Schema for one scene and utterance: a referent is a tracked object's short name (see
 * {@link referentsOf}), a place the name of a known one, both as far as the words tell what is meant (`mentions.ts`),
 * a destination or road such a name or words that were said. Forms that need what is not there are left out, and so is `about`, which no reply needs. Keys keep
 * their order (`decision` first), so that a grammar made from it asks for the decision before anything else.
 * Every text it admits parses as a `Proposal`.
 */
export function proposalSchema(scene: Scene, utterance: Utterance): JsonSchema {
  const fits = (name: string): boolean => name.length > 0 && name.length <= MOST_CHARACTERS;
  const said = [utterance.text, ...utterance.alternatives.map(({ text }) => text)].join('\n');
  const pois = placesMeant(said, scene.route?.pois ?? [])
    .map((poi) => poi.name)
    .filter(fits);
  const referents = referentsOf(scene);
  const tracked = scene.objects.filter(({ id }) => referents.nameOf(id) !== undefined);
  const objects = objectsMeant(said, tracked);
  const namesOf = (those: typeof objects): string[] => those.map(({ id }) => referents.nameOf(id) as string);
  const spans = utteranceSpans(utterance);
  const roadName = scene.route?.roadName;
  const names: Names = {
    referent: namesOf(objects),
    [VEHICLE]: namesOf(objects.filter((object) => object.class !== 'PEDESTRIAN')),
    poi: distinct(pois),
    destination: distinct([...pois, ...spans]),
    about: [],
    road: distinct([...(roadName === undefined ? [] : [roadName]), ...spans].filter(fits)),
  };
  return withoutUnused(narrow(PROPOSAL, names) as JsonSchema);
}

/** Key of the names that only what moves among the traffic may have. */
const VEHICLE = 'referent of OVERTAKE and FOLLOW';

/** Nobody on foot is overtaken or followed. */
function isAmongTraffic(schema: JsonSchema): boolean {
  const kind = ((schema.properties as JsonSchema).kind as JsonSchema | undefined)?.const;
  return kind === 'OVERTAKE' || kind === 'FOLLOW';
}

/** The whole vocabulary; parts that occur twice are in `$defs`. */
const { $schema: _, ...PROPOSAL } = z.toJSONSchema(Proposal, { reused: 'ref' }) as JsonSchema;

/** Leaves out the definitions that nothing points at any more. */
function withoutUnused(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema);
  const defs = Object.entries(schema.$defs as JsonSchema);
  const used = defs.filter(([name]) =>
    text.includes(JSON.stringify({ $ref: `#/$defs/${name}` }).slice(1, -1)),
  );
  return { ...schema, $defs: Object.fromEntries(used) };
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** Rewrites a schema node; undefined where nothing can satisfy it. */
function narrow(node: unknown, names: Names): unknown {
  if (Array.isArray(node))
    return node.map((entry) => narrow(entry, names)).filter((entry) => entry !== undefined);
  if (typeof node !== 'object' || node === null) return node;
  const schema = node as JsonSchema;
  if (schema.type === 'object') return narrowObject(schema, names);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, narrow(value, names)]));
}

function narrowObject(schema: JsonSchema, names: Names): JsonSchema | undefined {
  const required = (schema.required ?? []) as readonly string[];
  const properties: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema.properties as JsonSchema)) {
    const name = key === 'referent' && isAmongTraffic(schema) ? VEHICLE : key;
    const allowed = Object.hasOwn(names, name) ? names[name] : undefined;
    if (allowed === undefined) properties[key] = narrow(value, names);
    else if (allowed.length > 0) properties[key] = { type: 'string', enum: allowed };
    else if (required.includes(key)) return undefined;
  }
  return { ...schema, properties };
}
