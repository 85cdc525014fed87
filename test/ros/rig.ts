import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Codriver, endLeftovers, graphEnvironment, Peer } from './graph.ts';
import { type RunningPlanner, startPlanner } from './planner.ts';

/** A node, its planner and rclpy on one graph; there while the tests of a suite run. */
export interface Rig {
  readonly planner: RunningPlanner;
  readonly peer: Peer;
  readonly car: Codriver;
}

/**
 * Sets up a rig before the tests of the suite that this is called in, and ends it after them: the node must end well.
 *
 * @param args of `codriver run --ros`
 * @param rosArgs behind `--ros-args`, besides the planner's address
 */
export function rigged(args: readonly string[], rosArgs: readonly string[]): Rig {
  const env = graphEnvironment();
  const rig = {} as { -readonly [K in keyof Rig]: Rig[K] };
  before(async () => {
    rig.planner = await startPlanner();
    rig.peer = new Peer(env);
    const address = ['-p', `planner_address:=${rig.planner.address}`];
    rig.car = new Codriver(['run', '--ros', ...args, '--ros-args', ...address, ...rosArgs], env);
  });
  after(() => rig.planner.close());
  after(() => rig.peer.close());
  after(async () => assert.equal(await rig.car.close(), 0, rig.car.stderr));
  after(endLeftovers);
  return rig;
}
