import { type Clock, NS_PER_S, type TimeNs } from '../../domain/index.ts';

/** A step forward between two looks at the clock that no slow process explains. */
const FORWARD_JUMP_NS = 10n * NS_PER_S;

/** A step back that no late message explains. */
const BACKWARD_JUMP_NS = NS_PER_S / 10n;

/** A jump of ROS time; negative: back. */
export interface ClockJump {
  readonly byNs: TimeNs;
}

/**
 * ROS time as the one clock of a run: wall time, or `/clock` under `use_sim_time`. It never goes back; when ROS time
 * does, because a simulation begins anew, it stands still and tells, and the run has to begin anew with a new clock.
 */
export class RosClock implements Clock {
  readonly #readNs: () => TimeNs;
  readonly #onJump: (jump: ClockJump) => void;
  #lastNs: TimeNs | undefined;
  #told = false;

  constructor(readNs: () => TimeNs, onJump: (jump: ClockJump) => void) {
    this.#readNs = readNs;
    this.#onJump = onJump;
  }

  nowNs(): TimeNs {
    const readNs = this.#readNs();
    const lastNs = this.#lastNs ?? readNs;
    if (readNs < lastNs) {
      if (lastNs - readNs >= BACKWARD_JUMP_NS) this.#tellOnce(readNs - lastNs);
      return lastNs;
    }
    this.#lastNs = readNs;
    // From 0, where the first /clock has not come yet, to the simulation's time is no jump.
    if (lastNs !== 0n && readNs - lastNs > FORWARD_JUMP_NS) this.#onJump({ byNs: readNs - lastNs });
    return readNs;
  }

  #tellOnce(byNs: TimeNs): void {
    if (this.#told) return;
    this.#told = true;
    this.#onJump({ byNs });
  }
}
