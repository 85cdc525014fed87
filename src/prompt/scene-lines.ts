import type { Scene } from '../domain/index.ts';
import { quoteData, shortened } from './quote.ts';
import type { Referents } from './referents.ts';

type RouteContext = NonNullable<Scene['route']>;

/** One line of the prompt about the scene. */
export interface SceneLine {
  /** What it is about, as `dropped` names it: `poi:ID`, `object:ID`; absent: never dropped. */
  readonly droppable?: string;
  /** Distance of a droppable thing, metres: the farthest go first. */
  readonly distanceM?: number;
  readonly text: string;
}

const kmh = (mps: number): number => Math.round(mps * 3.6);
const metres = (distanceM: number): string => String(Math.round(distanceM));

/**
 * What the prompt says of the scene, a line each: what an utterance may refer to, as few tokens as do. Distances
 * in metres, speeds in km/h. Time and law are the gate's.
 */
export function sceneLines(scene: Scene, referents: Referents, signTextLimit: number): SceneLine[] {
  return [
    { text: carLine(scene) },
    ...routeLines(scene.route),
    ...objectLines(scene, referents),
    ...signLines(scene, signTextLimit),
  ];
}

function carLine({ vehicle, route }: Scene): string {
  const parts = [`speed ${vehicle === null ? 'unknown' : kmh(vehicle.speedMps)}`];
  if (route === null) parts.push('road unknown');
  else {
    parts.push(`lane ${route.laneIndex + 1}/${route.laneCount}`);
    if (route.mapLimitMps !== null) parts.push(`limit ${kmh(route.mapLimitMps)}`);
    if (route.roadName !== undefined) parts.push(`road ${quoteData(route.roadName)}`);
    if (route.destination !== undefined) parts.push(`to ${quoteData(route.destination)}`);
  }
  return parts.join(' ');
}

function routeLines(route: RouteContext | null): SceneLine[] {
  if (route === null) return [];
  return [
    ...route.junctions.map((junction, index) => ({
      ...(index === 0 ? {} : { droppable: `junction:${junction.id}` }),
      distanceM: junction.distanceM,
      text: `${junction.signalized ? 'signal' : 'corner'} ${metres(junction.distanceM)}`,
    })),
    ...route.pois.map((poi) => ({
      droppable: `poi:${poi.id}`,
      distanceM: poi.distanceM,
      text: `place ${quoteData(poi.name)} ${poi.category} ${metres(poi.distanceM)} ${poi.side}`,
    })),
  ];
}

function objectLines(scene: Scene, referents: Referents): SceneLine[] {
  return scene.objects.map((object) => {
    const side = Math.abs(object.yM) < 1.5 ? '' : object.yM > 0 ? ' left' : ' right';
    const name = referents.nameOf(object.id);
    const facts = [
      ...(name === undefined ? [] : ['object', name]),
      object.class,
      object.label === undefined ? undefined : quoteData(object.label),
      object.light,
      object.gesture === undefined || object.gesture === 'NONE' ? undefined : `gesture ${object.gesture}`,
    ].filter((fact) => fact !== undefined);
    return {
      droppable: `object:${object.id}`,
      distanceM: Math.hypot(object.xM, object.yM),
      text: `${facts.join(' ')} ${metres(Math.abs(object.xM))} ${object.xM < 0 ? 'behind' : 'ahead'}${side}`,
    };
  });
}

/** Types are plain by their schema; what a plate says is not. */
function signLines(scene: Scene, textLimit: number): SceneLine[] {
  return scene.signs.map((sign) => {
    const value = sign.value === undefined ? '' : ` ${sign.value}`;
    const where =
      sign.state === 'PASSED'
        ? ' passed'
        : sign.distanceM === undefined
          ? ''
          : ` ${metres(Math.max(0, sign.distanceM))}`;
    const plates = sign.supplementary.map((plate) =>
      plate.text === undefined ? 'unread' : quoteData(shortened(plate.text, textLimit)),
    );
    const under = plates.length === 0 ? '' : ` plates ${plates.join(' ')}`;
    return { text: `sign ${sign.type}${value}${where}${under}` };
  });
}
