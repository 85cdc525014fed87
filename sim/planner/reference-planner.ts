import type { Clock, Intent, PlannerStatus, RouteContext, VehicleState } from '../../src/domain/index.ts';
import type { SubmitAnswer } from '../../src/planner/index.ts';
import { EGO_DIMENSIONS, laneOffset, type Pose, shiftLeft, wrapAngle } from '../world/geometry.ts';
import type { RoadMap, RoadPosition } from '../world/road-map.ts';
import type { Begun } from './begun.ts';
import { speedBounds, wantedSpeed } from './bounds.ts';
import { IntentLedger } from './intent-ledger.ts';
import { LateralMotion } from './lateral.ts';
import { beginManeuver, isSupported, MANEUVER_GROUP } from './maneuvers.ts';
import { edgeIndexOf, goalPathM, type MotionState, type PlannerWorld } from './motion-state.ts';
import { routeContextOf } from './route-context.ts';
import { RoutePath } from './route-path.ts';
import { beginSignOrder, lapseSignOrders } from './sign-orders.ts';
import { DEFAULT_TIME_GAP_S, nextSpeed, type SpeedBound, STANDSTILL_GAP_M } from './speed-law.ts';
import { indicatorOf, steerForLane } from './steering.ts';
import { type ArmedTrigger, armTrigger, placeFromTrigger } from './triggers.ts';

/** How a {@link ReferencePlanner} is made. */
export interface ReferencePlannerOptions {
  readonly map: RoadMap;
  readonly start: RoadPosition;
  /** Edge ids in driving order, the start's edge first. */
  readonly route: readonly string[];
  readonly clock: Clock;
  readonly wheelbaseM?: number;
  readonly driveSide: 'LEFT' | 'RIGHT';
}

/**
 * The planner codriver is tried against: drives a kinematic car along a road map, takes intents and
 * keeps the last word. Pure: time comes from the clock, the others from {@link tick}'s world.
 */
export class ReferencePlanner {
  readonly #clock: Clock;
  readonly #wheelbaseM: number;
  readonly #ledger: IntentLedger;
  readonly #state: MotionState;
  readonly #armed = new Map<string, ArmedTrigger>();
  readonly #running = new Map<string, Extract<Begun, { ok: true }>>();
  #decidedBy: SpeedBound | undefined;
  #steeringRad = 0;

  constructor(options: ReferencePlannerOptions) {
    const { map, start, route, driveSide } = options;
    this.#clock = options.clock;
    this.#wheelbaseM = options.wheelbaseM ?? EGO_DIMENSIONS.wheelbaseM;
    this.#ledger = new IntentLedger(options.clock);
    const path = new RoutePath(map, route);
    const goal = { edgeId: path.edgeAt(path.edgeCount - 1).id, alongM: undefined };
    this.#state = {
      map,
      driveSide,
      path,
      pathM: path.coordinateOf(Math.max(0, route.indexOf(start.edgeId)), start.alongM),
      speedMps: 0,
      accelerationMps2: 0,
      lateral: new LateralMotion(laneOffset(path.edgeAt(0), start.laneIndex, driveSide) + start.offsetM),
      laneIndex: start.laneIndex,
      goal,
      goalM: goalPathM(path, goal),
      destination: undefined,
      world: { obstacles: [], signal: null, legalLimitMps: null },
      stop: undefined,
      setSpeedMps: undefined,
      signs: { cap: undefined, stop: undefined },
      timeGapS: DEFAULT_TIME_GAP_S,
      standstillM: STANDSTILL_GAP_M,
      hazard: false,
    };
  }

  /** Takes or refuses an intent; the planner's word at once, what comes of it with {@link status}. */
  submit(intent: Intent): SubmitAnswer {
    if (this.#ledger.isStale(intent)) {
      return {
        phase: 'REJECTED',
        reason: 'INTENT_STALE',
        detail: `sequence ${intent.sequence} or its id was seen`,
      };
    }
    this.#ledger.see(intent);
    if (this.#clock.nowNs() > intent.validUntilNs) {
      return { phase: 'EXPIRED', reason: 'INTENT_EXPIRED', detail: 'it came after its valid_until' };
    }
    if (!isSupported(intent.maneuver.kind)) {
      return { phase: 'REJECTED', reason: 'INTENT_NOT_SUPPORTED', detail: intent.maneuver.kind };
    }
    const entry = this.#ledger.take(intent);
    const { immediate } = placeFromTrigger(intent);
    const trigger = immediate ? undefined : armTrigger(this.#state, this.#ledger, entry);
    if (trigger !== undefined) this.#armed.set(intent.id, trigger);
    else if (immediate) this.#begin(intent, 'REJECTED');
    else this.#ledger.set(intent.id, 'REJECTED', 'INTENT', 'nothing ahead that its trigger could wait for');
    const { phase, reason, detail } = this.#ledger.get(intent.id)!.status;
    const taken = phase === 'EXECUTING' || phase === 'DONE' ? 'ACCEPTED' : phase;
    return { phase: taken, reason, detail };
  }

  /** Cancels live intents, all for an empty list, and takes back what they changed. Returns those that were live. */
  cancel(intentIds: readonly string[]): string[] {
    const chosen = this.#ledger
      .live()
      .map(({ intent }) => intent.id)
      .filter((id) => intentIds.length === 0 || intentIds.includes(id));
    for (const id of chosen) this.#end(id, 'cancelled', true);
    return chosen;
  }

  /** Drives on by `dtS` seconds (0.01–0.1) among the others. The clock is moved by the caller. */
  tick(dtS: number, world: PlannerWorld): void {
    const state = this.#state;
    state.world = world;
    lapseSignOrders(state, this.#clock.nowNs());
    this.#advanceIntents();
    steerForLane(state);
    const before = this.#lateralPose();
    const { speedMps, decidedBy } = nextSpeed(state.speedMps, dtS, speedBounds(state, dtS));
    const drivenM = ((state.speedMps + speedMps) / 2) * dtS;
    state.accelerationMps2 = (speedMps - state.speedMps) / dtS;
    state.speedMps = speedMps;
    state.pathM = Math.min(state.pathM + drivenM, state.path.lengthM);
    state.lateral.drive(drivenM);
    this.#decidedBy = decidedBy;
    if (drivenM > 1e-3) {
      const turnedRad = wrapAngle(this.#lateralPose().yawRad - before.yawRad);
      this.#steeringRad = Math.atan((this.#wheelbaseM * turnedRad) / drivenM);
    }
    this.#finishIntents();
  }

  /** What the planner does now and why. */
  status(): PlannerStatus {
    const state = this.#state;
    const stopped = state.speedMps === 0;
    const bound = this.#decidedBy;
    const stopping = bound?.stops === true && state.accelerationMps2 < -0.2;
    const free = state.lateral.moving ? 'LANE_CHANGE' : 'LANE_FOLLOWING';
    const quiet = bound === undefined || bound.behavior === 'LANE_FOLLOWING';
    const starting = bound === undefined && state.speedMps < 3 ? 'START_PLANNER' : free;
    return {
      stampNs: this.#clock.nowNs(),
      motion: stopped ? 'STOPPED' : stopping ? 'STOPPING' : 'DRIVING',
      behavior: quiet ? starting : bound.behavior,
      ...(quiet || bound.distanceM === undefined ? {} : { distanceM: bound.distanceM }),
      targetSpeedMps: bound?.stops ? 0 : wantedSpeed(state),
      intents: this.#ledger.report(),
    };
  }

  /** The road ahead: lanes, junctions and places within 300 m, the map's limit, what remains. */
  routeContext(): RouteContext {
    return routeContextOf(this.#state, this.#clock.nowNs());
  }

  /** The car as it would report itself. */
  vehicle(): VehicleState {
    const state = this.#state;
    return {
      stampNs: this.#clock.nowNs(),
      speedMps: state.speedMps,
      accelerationMps2: state.accelerationMps2,
      steeringRad: this.#steeringRad,
      gear: state.stop?.parked === true && state.speedMps === 0 ? 'PARK' : 'DRIVE',
      mode: 'AUTONOMOUS',
      doorOpen: false,
      indicator: indicatorOf(state),
      pose: this.pose(),
    };
  }

  /** base_link in the map frame. */
  pose(): Pose {
    return this.#lateralPose();
  }

  /** Where base_link is on the network. */
  position(): RoadPosition {
    const { path, pathM, lateral, laneIndex } = this.#state;
    const { index, edgeId, alongM } = path.positionAt(pathM);
    const edge = path.edgeAt(index);
    const lane = Math.min(laneIndex, edge.laneCount - 1);
    return {
      edgeId,
      alongM,
      laneIndex: lane,
      offsetM: lateral.offsetM - laneOffset(edge, lane, this.#state.driveSide),
    };
  }

  /** Edge ids of the route from the edge the car is on to the destination's. */
  route(): string[] {
    return this.#state.path.edgeIds.slice(edgeIndexOf(this.#state));
  }

  /** The pose `aheadM` metres further along the way the car means to drive, in its present lateral place. */
  lookAhead(aheadM: number): Pose {
    const { path, pathM, lateral } = this.#state;
    return shiftLeft(path.poseAt(Math.min(path.lengthM, pathM + aheadM)), lateral.offsetM);
  }

  #lateralPose(): Pose {
    const { path, pathM, lateral } = this.#state;
    const pose = shiftLeft(path.poseAt(pathM), lateral.offsetM);
    return { ...pose, yawRad: wrapAngle(pose.yawRad + Math.atan(lateral.slope)) };
  }

  #begin(intent: Intent, refusal: 'REJECTED' | 'FAILED'): void {
    const { maneuver } = placeFromTrigger(intent);
    if (maneuver.kind === 'CANCEL') {
      const others = this.#ledger.live().map((entry) => entry.intent.id);
      for (const id of others) {
        if (id !== intent.id && (maneuver.intentIds.length === 0 || maneuver.intentIds.includes(id))) {
          this.#end(id, `cancelled by ${intent.id}`, true);
        }
      }
      this.#ledger.set(intent.id, 'DONE', 'INTENT');
      return;
    }
    const bySign = intent.source === 'SIGN';
    const begun = bySign
      ? beginSignOrder(this.#state, { ...intent, maneuver })
      : beginManeuver(this.#state, intent.id, maneuver);
    if (!begun.ok) {
      this.#ledger.set(intent.id, refusal, begun.reason, begun.detail);
      return;
    }
    if (!bySign) this.#endReplaced(intent);
    this.#running.set(intent.id, begun);
    this.#ledger.set(intent.id, 'EXECUTING', maneuver.kind === 'CHANGE_LANE' ? 'LANE_CHANGE' : 'INTENT');
  }

  /** A newer maneuver ends a running one of its group; an order to stop here voids everything that still waits. */
  #endReplaced(newer: Intent): void {
    const group = MANEUVER_GROUP[newer.maneuver.kind];
    const voids =
      newer.maneuver.kind === 'STOP' && newer.maneuver.place === undefined && newer.trigger.type === 'NOW';
    for (const { intent } of this.#ledger.live()) {
      if (intent.source === 'SIGN') continue;
      const older = intent.sequence < newer.sequence;
      const waits = this.#armed.has(intent.id);
      const replaced = !waits && group !== undefined && MANEUVER_GROUP[intent.maneuver.kind] === group;
      if (older && (replaced || (voids && waits))) this.#end(intent.id, `replaced by ${newer.id}`, false);
    }
  }

  #end(intentId: string, detail: string, undo: boolean): void {
    if (undo) this.#running.get(intentId)?.undo();
    this.#running.delete(intentId);
    this.#armed.delete(intentId);
    this.#ledger.set(intentId, 'CANCELLED', 'INTENT', detail);
  }

  #advanceIntents(): void {
    for (const { intent } of this.#ledger.inPhase('ACCEPTED')) {
      if (this.#clock.nowNs() > intent.validUntilNs) {
        this.#armed.delete(intent.id);
        this.#ledger.set(intent.id, 'EXPIRED', 'INTENT_EXPIRED', 'its trigger did not come in time');
        continue;
      }
      const trigger = this.#armed.get(intent.id)?.();
      if (trigger === 'READY') {
        this.#armed.delete(intent.id);
        this.#begin(intent, 'FAILED');
      } else if (trigger === 'NEVER') {
        this.#end(intent.id, 'what it waited for did not happen', false);
      }
    }
  }

  #finishIntents(): void {
    for (const [intentId, begun] of this.#running) {
      if (!begun.done()) continue;
      this.#running.delete(intentId);
      this.#ledger.set(intentId, 'DONE', 'INTENT');
    }
  }
}
