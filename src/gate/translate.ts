import type { Action, IntentPlace, IntentTrigger, Maneuver } from '../domain/index.ts';
import type { ActionContext } from './action-context.ts';
import type { Finding } from './finding.ts';
import { junctionAt, junctionsAhead, poisNamed, resolvePlace } from './places.ts';
import { setSpeed } from './set-speed.ts';

/** An action in SI and the planner's terms; `maneuver` is null where a finding blocks or asks. */
export interface Translation {
  readonly maneuver: Maneuver | null;
  readonly trigger: IntentTrigger;
  readonly findings: readonly Finding[];
}

const NOW: IntentTrigger = { type: 'NOW' };

function translateTrigger(context: ActionContext): { trigger: IntentTrigger } | { finding: Finding } {
  const trigger = context.action.trigger;
  if (trigger === undefined) return { trigger: NOW };
  if (trigger.type !== 'AT') return { trigger };
  const resolved = resolvePlace(trigger.place, context.scene.route);
  if ('finding' in resolved) return resolved;
  return { trigger: resolved.place === null ? NOW : { type: 'AT', place: resolved.place } };
}

type Outcome = { maneuver: Maneuver; findings?: Finding[] } | { findings: Finding[] };

/** The place of STOP, PULL_OVER and PARK; left out where it is here. */
function placed(
  context: ActionContext,
  place: Parameters<typeof resolvePlace>[0] | undefined,
  make: (place: { place?: IntentPlace }) => Maneuver,
): Outcome {
  if (place === undefined) return { maneuver: make({}) };
  const resolved = resolvePlace(place, context.scene.route);
  if ('finding' in resolved) return { findings: [resolved.finding] };
  return { maneuver: make(resolved.place === null ? {} : { place: resolved.place }) };
}

function turn(context: ActionContext, direction: Extract<Action, { kind: 'TURN' }>['direction']): Outcome {
  const { scene, action, earlier } = context;
  if (scene.route === null) return { findings: [{ code: 'NO_ROUTE', effect: 'BLOCK' }] };
  const { trigger } = action;
  const afterTurn =
    trigger?.type === 'AFTER' &&
    trigger.event === 'PREVIOUS_ACTION' &&
    earlier.some((before) => before.kind === 'TURN');
  if (afterTurn) {
    const finding: Finding = { code: 'JUNCTION_NOT_KNOWN_YET', effect: 'NOTE' };
    return { maneuver: { kind: 'TURN', direction }, findings: [finding] };
  }
  const second = trigger?.type === 'AFTER' && trigger.event === 'JUNCTION';
  const landmark =
    trigger?.type === 'AT' && 'landmark' in trigger.place ? trigger.place.landmark : 'NEXT_JUNCTION';
  const beyondM =
    trigger?.type === 'AT' && !('landmark' in trigger.place)
      ? placeDistanceM(resolvePlace(trigger.place, scene.route))
      : undefined;
  const junction =
    beyondM === undefined
      ? junctionAt(scene.route, second ? 'SECOND_JUNCTION' : landmark)
      : junctionsAhead(scene.route).find((candidate) => candidate.distanceM >= beyondM - 30);
  if (junction === undefined) return { findings: [{ code: 'NO_JUNCTION', effect: 'BLOCK' }] };
  return { maneuver: { kind: 'TURN', direction, junctionId: junction.id } };
}

function placeDistanceM(resolved: ReturnType<typeof resolvePlace>): number | undefined {
  return 'place' in resolved && resolved.place !== null && 'distanceM' in resolved.place
    ? resolved.place.distanceM
    : undefined;
}

function routeTo(context: ActionContext, action: Extract<Action, { kind: 'ROUTE_TO' }>): Outcome {
  const { route } = context.scene;
  if (route === null) return { findings: [{ code: 'NO_ROUTE', effect: 'BLOCK' }] };
  if ('category' in action) {
    const [nearest] = route.pois
      .filter((poi) => poi.category === action.category && poi.distanceM > 0)
      .sort((a, b) => a.distanceM - b.distanceM);
    if (nearest) {
      return { maneuver: { kind: 'ROUTE_TO', poiId: nearest.id, category: action.category } };
    }
    return { findings: [{ code: 'NONE_NEARBY', effect: 'ASK', slots: { category: action.category } }] };
  }
  const { destination } = action;
  if (destination === route.destination) return { maneuver: { kind: 'ROUTE_TO', destination } };
  const [poi, ...others] = poisNamed(route, destination);
  if (poi === undefined || others.length > 0) {
    const code = poi === undefined ? 'WHICH_PLACE' : 'SEVERAL_PLACES';
    return { findings: [{ code, effect: 'ASK', slots: { name: destination } }] };
  }
  return { maneuver: { kind: 'ROUTE_TO', poiId: poi.id, destination: poi.name } };
}

function keepDistance(action: Extract<Action, { kind: 'KEEP_DISTANCE' }>): Outcome {
  const { value, unit } = action.gap;
  if (unit === 'S' ? value > 10 : value < 2) {
    return { findings: [{ code: 'GAP_OUT_OF_RANGE', effect: 'BLOCK' }] };
  }
  const gap = unit === 'S' ? { timeGapS: value } : { distanceM: value };
  return { maneuver: { kind: 'KEEP_DISTANCE', ...gap, ...referent(action) } };
}

const referent = (action: { readonly referent?: string | undefined }): { referentId?: string } =>
  action.referent === undefined ? {} : { referentId: action.referent };

function cancel(context: ActionContext, which: 'LAST' | 'ALL'): Outcome {
  if (which === 'ALL') return { maneuver: { kind: 'CANCEL', intentIds: [] } };
  const last = context.liveIntents.findLast(({ maneuver }) => maneuver.kind !== 'CANCEL');
  if (last === undefined) return { findings: [{ code: 'NOTHING_TO_CANCEL', effect: 'BLOCK' }] };
  return { maneuver: { kind: 'CANCEL', intentIds: [last.id] } };
}

function translateKind(context: ActionContext): Outcome {
  const { action, config } = context;
  switch (action.kind) {
    case 'SET_SPEED':
      return setSpeed(action, context);
    case 'KEEP_DISTANCE':
      return keepDistance(action);
    case 'CHANGE_LANE':
      return { maneuver: { kind: action.kind, direction: action.direction, count: action.count } };
    case 'TURN':
      return turn(context, action.direction);
    case 'OVERTAKE':
    case 'FOLLOW':
    case 'YIELD':
      return { maneuver: { kind: action.kind, ...referent(action) } };
    case 'PULL_OVER': {
      const side = action.side ?? config.region.driveSide;
      return placed(context, action.place, (place) => ({ kind: 'PULL_OVER', side, ...place }));
    }
    case 'STOP': {
      const { urgency, place } = action;
      if (urgency !== 'EMERGENCY' || context.emergencyAsked) {
        return placed(context, place, (where) => ({ kind: 'STOP', urgency, ...where }));
      }
      const softer = placed(context, place, (where) => ({ kind: 'STOP', urgency: 'PROMPT', ...where }));
      const finding: Finding = { code: 'EMERGENCY_NOT_ASKED', effect: 'TIGHTEN' };
      return { ...softer, findings: [...(softer.findings ?? []), finding] };
    }
    case 'RESUME':
      return { maneuver: { kind: 'RESUME' } };
    case 'PARK':
      return placed(context, action.place, (place) => ({ kind: 'PARK', ...place }));
    case 'ROUTE_TO':
      return routeTo(context, action);
    case 'AVOID':
      return {
        maneuver: {
          kind: 'AVOID',
          ...('road' in action ? { road: action.road } : { feature: action.feature }),
        },
      };
    case 'SIGNAL':
      return { maneuver: { kind: 'SIGNAL', signal: action.signal } };
    case 'TELL':
      return { maneuver: { kind: 'TELL', phrase: action.phrase, ...referent(action) } };
    case 'CANCEL':
      return cancel(context, action.which);
  }
}

/** Turns one spoken action into SI units and the planner's terms, or says why it can't be. */
export function translate(context: ActionContext): Translation {
  const trigger = translateTrigger(context);
  if ('finding' in trigger) return { maneuver: null, trigger: NOW, findings: [trigger.finding] };
  const outcome = translateKind(context);
  return {
    maneuver: 'maneuver' in outcome ? outcome.maneuver : null,
    trigger: trigger.trigger,
    findings: outcome.findings ?? [],
  };
}
