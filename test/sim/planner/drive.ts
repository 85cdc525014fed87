import { ReferencePlanner } from '../../../sim/planner/index.ts';
import type { Obstacle, RoadPosition, SignalAhead } from '../../../sim/world/road-map.ts';
import {
  type Intent,
  type IntentStatus,
  type IntentTrigger,
  type Maneuver,
  ManualClock,
  secondsToNs,
} from '../../../src/domain/index.ts';
import { crossingMap } from './crossing-map.ts';

/** What the world looks like at each tick; what is left out is empty. */
export interface WorldNow {
  readonly obstacles?: readonly Obstacle[];
  readonly signal?: SignalAhead | null;
  readonly legalLimitMps?: number | null;
}

/** A planner on the crossing map with its clock and the means to drive it. */
export class TestDrive {
  readonly clock = new ManualClock(1_000_000_000n);
  readonly planner: ReferencePlanner;
  #sequence = 0;

  constructor(route: readonly string[] = ['in', 'east'], start: Partial<RoadPosition> = {}) {
    const from = { edgeId: 'in', alongM: 5, laneIndex: 0, offsetM: 0, ...start };
    const { clock } = this;
    this.planner = new ReferencePlanner({ map: crossingMap(), start: from, route, clock, driveSide: 'LEFT' });
  }

  get speedMps(): number {
    return this.planner.vehicle().speedMps;
  }

  /** Drives at 20 Hz; `each` is called after every tick and ends the drive by returning true. */
  drive(seconds: number, world: () => WorldNow = () => ({}), each?: (dtS: number) => unknown): void {
    for (let i = 0; i < seconds * 20; i++) {
      this.clock.advanceBy(secondsToNs(0.05));
      this.planner.tick(0.05, { obstacles: [], signal: null, legalLimitMps: null, ...world() });
      if (each?.(0.05) === true) return;
    }
  }

  intent(maneuver: Maneuver, trigger: IntentTrigger = { type: 'NOW' }, validS = 5): Intent {
    this.#sequence += 1;
    const stampNs = this.clock.nowNs();
    return {
      id: `i${this.#sequence}`,
      sequence: this.#sequence,
      stampNs,
      validUntilNs: stampNs + secondsToNs(validS),
      source: 'THOUGHT',
      authority: 'DRIVER_OR_OWNER',
      originId: 'u1',
      trigger,
      maneuver,
    };
  }

  ask(maneuver: Maneuver, trigger?: IntentTrigger, validS?: number) {
    const intent = this.intent(maneuver, trigger, validS);
    return { id: intent.id, ...this.planner.submit(intent) };
  }

  news(intentId: string): IntentStatus | undefined {
    return this.planner.status().intents.find((status) => status.intentId === intentId);
  }
}
