import { nsToSeconds, type TimeNs, type VehicleState } from '../domain/index.ts';

/** Longest gap between two reports that is bridged by speed; beyond it the distance driven is unknown. */
const LONGEST_GAP_S = 2;

/**
 * Distance driven along the car's own path, in metres from an arbitrary start; backwards counts negative.
 * Poses are used where both reports have one (the step projected on the heading), else speed × time.
 */
export class Odometer {
  #drivenM = 0;
  #last: VehicleState | undefined;

  onVehicle(vehicle: VehicleState): void {
    const last = this.#last;
    if (last !== undefined && vehicle.stampNs <= last.stampNs) return;
    if (last !== undefined) this.#drivenM += stepM(last, vehicle);
    this.#last = vehicle;
  }

  /** The reading at a time near the last report, extrapolated at its speed for at most two seconds. */
  atM(stampNs: TimeNs): number {
    if (this.#last === undefined) return this.#drivenM;
    const gapS = nsToSeconds(stampNs - this.#last.stampNs);
    return this.#drivenM + this.#last.speedMps * Math.max(-LONGEST_GAP_S, Math.min(LONGEST_GAP_S, gapS));
  }
}

function stepM(from: VehicleState, to: VehicleState): number {
  if (from.pose !== undefined && to.pose !== undefined) {
    const yaw = (from.pose.yawRad + to.pose.yawRad) / 2;
    const turned = Math.abs(to.pose.yawRad - from.pose.yawRad);
    const heading = turned > Math.PI ? from.pose.yawRad : yaw;
    return (to.pose.xM - from.pose.xM) * Math.cos(heading) + (to.pose.yM - from.pose.yM) * Math.sin(heading);
  }
  const gapS = Math.min(LONGEST_GAP_S, nsToSeconds(to.stampNs - from.stampNs));
  return ((from.speedMps + to.speedMps) / 2) * gapS;
}
