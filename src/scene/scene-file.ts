import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  BoxPx,
  CodriverError,
  Junction,
  PlannerStatus,
  Poi,
  RouteContext,
  Scene,
  SceneSign,
  StampNs,
  SupplementarySign,
  TrackedObject,
  VehicleState,
} from '../domain/index.ts';
import { civilTime } from '../law/index.ts';
import { exampleScene } from './example-scene.ts';

const UNSEEN_BOX = { xPx: 0, yPx: 0, widthPx: 1, heightPx: 1 };

/**
 * A scene as people write it: what a detector or clock would add may be left out. Every object is strict,
 * so that a misspelt field is an error and not silently missing.
 */
const SceneFile = z.strictObject({
  stampNs: StampNs.optional(),
  timeZone: z.string().default('Asia/Tokyo'),
  civil: z.strictObject(Scene.shape.civil.shape).optional(),
  vehicle: z
    .strictObject({ ...VehicleState.shape, stampNs: StampNs.optional() })
    .nullable()
    .default(null),
  route: z
    .strictObject({
      ...RouteContext.shape,
      stampNs: StampNs.optional(),
      laneCount: RouteContext.shape.laneCount.default(1),
      laneIndex: RouteContext.shape.laneIndex.default(0),
      mapLimitMps: RouteContext.shape.mapLimitMps.default(null),
      junctions: z.array(z.strictObject(Junction.shape)).max(16).default([]),
      pois: z.array(z.strictObject(Poi.shape)).max(32).default([]),
    })
    .nullable()
    .default(null),
  planner: z
    .strictObject({
      ...PlannerStatus.shape,
      stampNs: StampNs.optional(),
      intents: PlannerStatus.shape.intents.default([]),
    })
    .nullable()
    .default(null),
  signs: z
    .array(
      z.strictObject({
        ...SceneSign.shape,
        stampNs: StampNs.optional(),
        camera: z.string().default('file'),
        box: BoxPx.default(UNSEEN_BOX),
        confidence: SceneSign.shape.confidence.default(1),
        supplementary: z
          .array(
            z.strictObject({
              ...SupplementarySign.shape,
              confidence: SupplementarySign.shape.confidence.default(1),
              textConfidence: z.number().min(0).max(1).default(1),
            }),
          )
          .max(8)
          .default([]),
        firstSeenNs: StampNs.optional(),
        lastSeenNs: StampNs.optional(),
        state: SceneSign.shape.state.default('AHEAD'),
      }),
    )
    .default([]),
  objects: z
    .array(z.strictObject({ ...TrackedObject.shape, confidence: TrackedObject.shape.confidence.default(1) }))
    .default([]),
});

/**
 * A scene from a YAML or JSON file, or from such a text itself (anything with a line break or a brace).
 * Left out: stamps (those of {@link exampleScene}), civil time (from the stamp), boxes and confidences of
 * signs; a missing vehicle, route or planner is null. Errors: NOT_FOUND, and BAD_SCENE naming the field.
 */
export function parseSceneFile(pathOrText: string): Scene {
  const isText = /[\n{]/.test(pathOrText);
  const name = isText ? 'The scene' : `The scene file ${pathOrText}`;
  const file = read(isText ? pathOrText : readText(pathOrText), name);
  const checked = SceneFile.safeParse(file);
  if (!checked.success) throw badScene(name, checked.error.issues[0]);
  const { timeZone, civil, stampNs: given, ...rest } = checked.data;
  const stampNs = given ?? exampleScene().stampNs;
  const scene = Scene.safeParse({
    ...rest,
    stampNs,
    civil: civil ?? civilTimeOf(stampNs, timeZone, name),
    vehicle: rest.vehicle && { stampNs, ...rest.vehicle },
    route: rest.route && { stampNs, ...rest.route },
    planner: rest.planner && { stampNs, ...rest.planner },
    signs: rest.signs.map((sign) => ({ stampNs, firstSeenNs: stampNs, lastSeenNs: stampNs, ...sign })),
  });
  if (!scene.success) throw badScene(name, scene.error.issues[0]);
  return scene.data;
}

function readText(path: string): string {
  if (!existsSync(path)) {
    throw new CodriverError('NOT_FOUND', `There is no scene file at ${path}.`, {
      remedy: 'Check the path, or leave --scene out to speak into the example scene.',
    });
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CodriverError('BAD_SCENE', `The scene file ${path} can not be read.`, {
      remedy: 'Give the path of a YAML or JSON file.',
      cause,
    });
  }
}

function read(text: string, name: string): unknown {
  try {
    // Stamps are larger than a double holds exactly: integers are read as bigint, and small ones turned back.
    return withNumbers(parse(text, { intAsBigInt: true, maxAliasCount: 100 }));
  } catch (cause) {
    const [firstLine] = String(cause instanceof Error ? cause.message : cause).split('\n');
    throw new CodriverError('BAD_SCENE', `${name} is neither YAML nor JSON: ${firstLine}`, {
      remedy: 'Mend the file at the place named.',
      cause,
    });
  }
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return BigInt(Number(value)) === value && Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : value;
  }
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withNumbers(entry)]));
}

function civilTimeOf(stampNs: bigint, timeZone: string, name: string): Scene['civil'] {
  try {
    return civilTime(stampNs, timeZone);
  } catch (cause) {
    throw new CodriverError('BAD_SCENE', `${name} has a wrong field timeZone or stampNs.`, {
      remedy: 'Name a time zone such as Asia/Tokyo and nanoseconds since 1970, or write `civil` out.',
      cause,
    });
  }
}

function badScene(name: string, issue: z.core.$ZodIssue | undefined): CodriverError {
  const field = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const at = field ? field.replace(/^\./, '') : 'the top level';
  return new CodriverError('BAD_SCENE', `${name} is wrong at ${at}: ${issue?.message ?? 'invalid'}.`, {
    remedy: 'Mend that field; `npx codriver say --help` shows an example.',
    details: { field: at },
  });
}
