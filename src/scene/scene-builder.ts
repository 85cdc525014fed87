import type {
  Config,
  PlannerStatus,
  RouteContext,
  Scene,
  SignDetections,
  TimeNs,
  TrackedObjects,
  VehicleState,
} from '../domain/index.ts';
import { civilTime } from '../law/index.ts';
import { Odometer } from './odometer.ts';
import { SignTracks } from './sign-tracks.ts';

/** Older reports of the car and of objects are worth nothing: the world has moved on. */
const STALE_NS = 1_000_000_000n;
/** The road changes slower, and its distances are kept up to date by dead reckoning. */
const STALE_ROUTE_NS = 5_000_000_000n;
const STALE_PLANNER_NS = 5_000_000_000n;
/** Junctions and places this far behind are left out. */
const BEHIND_M = -10;

/**
 * Puts what came in from everywhere into one Scene. Only the time passed to `build` counts, so that a
 * lockstep replay gives the same scenes as the drive did. Reports that arrive out of order are ignored.
 */
export class SceneBuilder {
  readonly #timeZone: string;
  readonly #odometer = new Odometer();
  readonly #signs = new SignTracks();
  #vehicle: VehicleState | null = null;
  #route: RouteContext | null = null;
  #routeAtM = 0;
  #planner: PlannerStatus | null = null;
  #objects: TrackedObjects | null = null;

  constructor(config: Config) {
    this.#timeZone = config.region.timeZone;
  }

  onVehicle(vehicle: VehicleState): void {
    if (isOlder(vehicle, this.#vehicle)) return;
    this.#odometer.onVehicle(vehicle);
    this.#vehicle = vehicle;
  }

  onRoute(route: RouteContext): void {
    if (isOlder(route, this.#route)) return;
    this.#route = route;
    this.#routeAtM = this.#odometer.atM(route.stampNs);
  }

  onPlanner(planner: PlannerStatus): void {
    if (!isOlder(planner, this.#planner)) this.#planner = planner;
  }

  /** Detections with the plates' texts filled in, of any camera. Signs are followed by their ids. */
  onSigns(detections: SignDetections): void {
    this.#signs.onSigns(detections, this.#odometer.atM(detections.stampNs));
  }

  onObjects(objects: TrackedObjects): void {
    if (!isOlder(objects, this.#objects)) this.#objects = objects;
  }

  /**
   * The scene at `nowNs`. A vehicle report older than 1 s, a route or planner status older than 5 s is
   * null; objects older than 1 s are dropped. Signs passed more than 300 m or 60 s ago are dropped, except
   * the latest speed limit and the latest overtaking rule, which hold until the next.
   */
  build(nowNs: TimeNs): Scene {
    const odometerM = this.#odometer.atM(nowNs);
    return {
      stampNs: nowNs,
      civil: civilTime(nowNs, this.#timeZone),
      vehicle: fresh(this.#vehicle, nowNs, STALE_NS),
      route: this.#routeAt(nowNs, odometerM),
      planner: fresh(this.#planner, nowNs, STALE_PLANNER_NS),
      signs: this.#signs.at(nowNs, odometerM),
      objects: fresh(this.#objects, nowNs, STALE_NS)?.objects ?? [],
    };
  }

  #routeAt(nowNs: TimeNs, odometerM: number): RouteContext | null {
    const route = fresh(this.#route, nowNs, STALE_ROUTE_NS);
    if (route === null) return null;
    const drivenM = odometerM - this.#routeAtM;
    const ahead = <T extends { readonly distanceM: number }>(places: readonly T[]): T[] =>
      places
        .map((place) => ({ ...place, distanceM: place.distanceM - drivenM }))
        .filter((place) => place.distanceM > BEHIND_M);
    return {
      ...route,
      junctions: ahead(route.junctions),
      pois: ahead(route.pois),
      ...(route.remainingM === undefined ? {} : { remainingM: Math.max(0, route.remainingM - drivenM) }),
    };
  }
}

interface Stamped {
  readonly stampNs: TimeNs;
}

function isOlder(candidate: Stamped, held: Stamped | null): boolean {
  return held !== null && candidate.stampNs < held.stampNs;
}

function fresh<T extends Stamped>(held: T | null, nowNs: TimeNs, limitNs: TimeNs): T | null {
  return held !== null && nowNs - held.stampNs <= limitNs ? held : null;
}
