import { ReferencePlanner, servePlanner } from '../../sim/planner/index.ts';
import { scenarioNamed } from '../../sim/scenarios/index.ts';
import { type Intent, WallClock } from '../../src/domain/index.ts';

const TICK_S = 0.05;

/** The reference planner on the demo street, on wall time, on a free port. */
export interface RunningPlanner {
  /** host:port */
  readonly address: string;
  close(): Promise<void>;
}

/** `onIntent` is told of each that arrives, before anything is made of it. */
export async function startPlanner(onIntent: (intent: Intent) => void = () => {}): Promise<RunningPlanner> {
  const { map, start, route } = scenarioNamed('street');
  const clock = new WallClock();
  const planner = new ReferencePlanner({ map, start, route, clock, driveSide: 'LEFT' });
  const submit = planner.submit.bind(planner);
  planner.submit = (intent) => {
    onIntent(intent);
    return submit(intent);
  };
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
