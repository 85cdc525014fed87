import type { Scene } from '../domain/index.ts';
import { quoteData, shortened } from './quote.ts';

type RouteContext = NonNullable<Scene['route']>;

/** One line of the prompt about the scene. */
export interface SceneLine {
  /** What it is about, as `dropped` names it: `poi:ID`, `object:ID`; absent: never dropped. */
  readonly droppable?: string;
  /** Distance of a droppable thing, metres: the farthest go first. */
  readonly distanceM?: number;
  readonly text: string;
}

const kmh = (mps: number): string => `${Math.round(mps * 3.6)} km/h`;
const metres = (distanceM: number): string => `${Math.round(distanceM)} m`;

/** What the prompt says of the scene, a line each: every sign, and what else there is. */
export function sceneLines(scene: Scene, signTextLimit: number): SceneLine[] {
  return [
    { text: timeLine(scene) },
    { text: carLine(scene) },
    ...routeLines(scene.route),
    ...objectLines(scene),
    ...signLines(scene, signTextLimit),
  ];
}

function timeLine({ civil }: Scene): string {
  const clock = [Math.floor(civil.minuteOfDay / 60), civil.minuteOfDay % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return `time ${civil.weekday} ${clock}${civil.holiday ? ' holiday' : ''}`;
}

function carLine({ vehicle, planner }: Scene): string {
  const speed = vehicle === null ? 'unknown' : kmh(vehicle.speedMps);
  const doing = planner === null ? '' : `, ${planner.motion} for ${planner.behavior}`;
  return `speed ${speed}${doing}`;
}

function routeLines(route: RouteContext | null): SceneLine[] {
  if (route === null) return [{ text: 'road unknown' }];
  const limit = route.mapLimitMps === null ? 'unknown' : kmh(route.mapLimitMps);
  const name = route.roadName === undefined ? '' : ` ${quoteData(route.roadName)}`;
  const goal = route.destination === undefined ? '' : `, to ${quoteData(route.destination)}`;
  return [
    {
      text: `road${name} limit ${limit}, lane ${route.laneIndex + 1} of ${route.laneCount} from the kerb${goal}`,
    },
    ...route.junctions.map((junction, index) => ({
      ...(index === 0 ? {} : { droppable: `junction:${junction.id}` }),
      distanceM: junction.distanceM,
      text: `junction ${metres(junction.distanceM)}${junction.signalized ? ' signal' : ''}${
        junction.name === undefined ? '' : ` ${quoteData(junction.name)}`
      }: ${junction.exits.join(' ')}`,
    })),
    ...route.pois.map((poi) => ({
      droppable: `poi:${poi.id}`,
      distanceM: poi.distanceM,
      text: `place ${quoteData(poi.name)} ${poi.category} ${metres(poi.distanceM)} ${poi.side}`,
    })),
  ];
}

function objectLines(scene: Scene): SceneLine[] {
  return scene.objects.map((object) => {
    const side = Math.abs(object.yM) < 1.5 ? '' : object.yM > 0 ? ' left' : ' right';
    const facts = [
      object.label === undefined ? undefined : quoteData(object.label),
      object.light,
      object.gesture === undefined || object.gesture === 'NONE' ? undefined : `gesture ${object.gesture}`,
    ].filter((fact) => fact !== undefined);
    const where = `${metres(Math.abs(object.xM))} ${object.xM < 0 ? 'behind' : 'ahead'}${side}`;
    return {
      droppable: `object:${object.id}`,
      distanceM: Math.hypot(object.xM, object.yM),
      text: `object ${quoteData(object.id)} ${[object.class, ...facts].join(' ')} ${where}`,
    };
  });
}

function signLines(scene: Scene, textLimit: number): SceneLine[] {
  return scene.signs.map((sign) => {
    const value = sign.value === undefined ? '' : ` ${sign.value}`;
    const where =
      sign.state === 'PASSED'
        ? 'passed'
        : sign.distanceM === undefined
          ? 'ahead'
          : metres(Math.max(0, sign.distanceM));
    const plates = sign.supplementary.map((plate) =>
      plate.text === undefined ? 'unread' : quoteData(shortened(plate.text, textLimit)),
    );
    const under = plates.length === 0 ? '' : ` plates ${plates.join(' ')}`;
    return { text: `sign ${quoteData(sign.type)}${value} ${where}${under}` };
  });
}
