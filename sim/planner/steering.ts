import type { VehicleState } from '../../src/domain/index.ts';
import { EGO_DIMENSIONS } from '../world/geometry.ts';
import { edgeIndexOf, laneCentre, type MotionState } from './motion-state.ts';
import { turnAhead } from './route-context.ts';

/** An indicator shows this long before a turn, metres (Road Traffic Act order, article 21). */
const INDICATE_M = 30;

/** Keeps the lateral target at the lane's centre, or at the kerb when about to stand there. */
export function steerForLane(state: MotionState): void {
  const edge = state.path.edgeAt(edgeIndexOf(state));
  state.laneIndex = Math.min(state.laneIndex, edge.laneCount - 1);
  const lengthM = Math.max(15, state.speedMps * 4);
  const { stop } = state;
  if (stop?.kerb && stop.atPathM !== undefined) {
    const leftM = stop.atPathM - state.pathM;
    const kerbward = state.driveSide === 'LEFT' ? 1 : -1;
    const kerbM = kerbward * ((edge.laneWidthM - EGO_DIMENSIONS.widthM) / 2 - 0.2);
    if (leftM <= lengthM + 3 && leftM > 1) {
      state.laneIndex = 0;
      state.lateral.moveTo(kerbM, Math.min(lengthM, leftM));
    }
    return;
  }
  if (!state.path.inJunction(state.pathM)) state.lateral.moveTo(laneCentre(state, state.laneIndex), lengthM);
}

/** What the indicators show. */
export function indicatorOf(state: MotionState): NonNullable<VehicleState['indicator']> {
  if (state.hazard || (state.stop?.kerb && state.speedMps === 0)) return 'HAZARD';
  if (state.lateral.moving) return state.lateral.targetM > state.lateral.offsetM ? 'LEFT' : 'RIGHT';
  if (state.stop?.kerb) return state.driveSide;
  const turn = turnAhead(state, INDICATE_M);
  return turn === 'LEFT' || turn === 'RIGHT' ? turn : 'NONE';
}
