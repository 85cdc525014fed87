import type { Scene } from '../domain/index.ts';

/** More than these nobody could tell apart in words; the nearest count. */
const MOST_REFERENTS = 8;

/** Short names for the tracked objects that an utterance may mean: tracks are often called by a UUID of 20 tokens. */
export interface Referents {
  /** `1`, `2`, … in the order of the scene. */
  readonly names: readonly string[];
  /** The short name of an object; undefined where it is not among them (a light, or too far). */
  nameOf(objectId: string): string | undefined;
  /** A model's answer with the objects' own ids; anything that is no such answer is left as it is. */
  restored(answer: unknown): unknown;
}

/** The referents of a scene: the nearest objects that are no traffic lights. */
export function referentsOf(scene: Scene): Referents {
  const nearest = scene.objects
    .filter((object) => object.class !== 'TRAFFIC_LIGHT')
    .sort((a, b) => Math.hypot(a.xM, a.yM) - Math.hypot(b.xM, b.yM))
    .slice(0, MOST_REFERENTS);
  const ids = scene.objects.filter((object) => nearest.includes(object)).map((object) => object.id);
  const idOf = new Map(ids.map((id, index) => [String(index + 1), id]));
  const nameOf = new Map(ids.map((id, index) => [id, String(index + 1)]));
  return {
    names: [...idOf.keys()],
    nameOf: (id) => nameOf.get(id),
    restored: (answer) => restored(answer, idOf),
  };
}

function restored(answer: unknown, idOf: ReadonlyMap<string, string>): unknown {
  if (typeof answer !== 'object' || answer === null || !('actions' in answer)) return answer;
  if (!Array.isArray(answer.actions)) return answer;
  return { ...answer, actions: answer.actions.map((action: unknown) => withId(action, idOf)) };
}

function withId(action: unknown, idOf: ReadonlyMap<string, string>): unknown {
  if (typeof action !== 'object' || action === null || !('referent' in action)) return action;
  return { ...action, referent: idOf.get(String(action.referent)) ?? action.referent };
}
