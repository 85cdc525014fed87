import { ReferencePlanner, servePlanner } from '../../sim/planner/index.ts';
import { scenarioNamed } from '../../sim/scenarios/index.ts';
import { WallClock } from '../../src/domain/index.ts';

const TICK_S = 0.05;

/** The reference planner on the demo street, on wall time, on a free port. */
export interface RunningPlanner {
  /** host:port */
  readonly address: string;
  close(): Promise<void>;
}

export async function startPlanner(): Promise<RunningPlanner> {
  const { map, start, route } = scenarioNamed('street');
  const clock = new WallClock();
  const planner = new ReferencePlanner({ map, start, route, clock, driveSide: 'LEFT' });
  const server = await servePlanner({ planner, address: '127.0.0.1:0', clock });
  const ticking = setInterval(
    () => planner.tick(TICK_S, { obstacles: [], signal: null, legalLimitMps: null }),
    TICK_S * 1000,
  );
  return {
    address: server.address,
    async close() {
      clearInterval(ticking);
      await server.close();
    },
  };
}
