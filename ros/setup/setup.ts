import { rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { CodriverError } from '../../src/domain/errors.ts';
import { rclnodejsVersion } from './addon.ts';
import { findInstalledRos, type Ros } from './find-ros.ts';
import { takeLock } from './lock.ts';
import { type RosPaths, rosPaths } from './paths.ts';
import { Progress } from './progress.ts';
import { clearState, describeRos, rosStatus, writeState } from './status.ts';
import { buildSteps, type Step, wheelSteps, writeEnvironment } from './steps.ts';
import { type Environment, hasProgram } from './tool.ts';

/** What {@link setUpRos} works with. */
export interface SetUpOptions {
  /** The checkout, an absolute path. */
  readonly root: string;
  readonly env: Environment;
  /** Default: lines on stderr. */
  readonly progress?: Progress;
}

/** What installing the wheels takes at most, pip's downloads and unpacked files together. */
const WHEELS_NEED_BYTES = 1e9;

/**
 * Makes the live node startable: finds ROS 2 or installs its wheels, builds this repository's packages and rclnodejs's
 * addon, generates the messages, writes `.ros/env.sh` and `.ros/python`. Steps that are done are skipped; after an
 * interruption or an error it goes on where it was. Errors: ROS_SETUP_FAILED, DISK_FULL, NOT_FOUND (no `npm ci`),
 * ABORTED.
 */
export async function setUpRos({ root, env, progress = new Progress() }: SetUpOptions): Promise<void> {
  if (root.includes(':')) {
    throw new CodriverError(
      'ROS_SETUP_FAILED',
      `The path ${root} has a colon, which separates search paths.`,
      {
        remedy: 'Move the checkout to a path without one.',
      },
    );
  }
  const paths = rosPaths(root);
  rclnodejsVersion(paths);
  const release = takeLock(paths.lock);
  try {
    await setUp(paths, env, progress);
  } catch (error) {
    progress.abandon();
    throw CodriverError.from(error, 'ROS_SETUP_FAILED');
  } finally {
    release();
  }
}

async function setUp(paths: RosPaths, env: Environment, progress: Progress): Promise<void> {
  const startedMs = performance.now();
  const installed = findInstalledRos({ env, own: paths.home });
  const ros: Ros = installed ?? { kind: 'wheels', distro: 'kilted', prefix: paths.venv };
  progress.say(`ROS 2 ${describeRos(ros)}, Node ${process.versions.node} (ABI ${process.versions.modules})`);
  if (ros.kind === 'wheels') {
    const steps = wheelSteps(paths, env);
    if (steps.some((step) => !step.isDone())) requireSpace(paths);
    await run(steps, paths, env, progress);
  }
  writeEnvironment(paths, ros);
  await run(buildSteps(paths, ros, env), paths, env, progress);
  writeState(paths.root, ros);
  const { problem } = rosStatus(paths.root);
  if (problem !== null) throw new CodriverError('INTERNAL', `ROS was set up, and yet: ${problem}.`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  progress.say(`ROS 2 is set up (${seconds} s).`);
}

async function run(
  steps: readonly Step[],
  paths: RosPaths,
  env: Environment,
  progress: Progress,
): Promise<void> {
  const open = steps.filter((step) => !step.isDone());
  if (open.some(({ compiles }) => compiles)) requireBuildTools(env);
  if (open.length > 0) clearState(paths.root);
  for (const step of steps) {
    // Asked again, since a step may undo one behind it.
    if (step.isDone()) continue;
    progress.start(step.title);
    rmSync(path.join(paths.log, `${step.name}.log`), { force: true });
    await step.run();
    progress.end();
  }
}

/** Asked before the wheels are brought, which takes a minute. */
function requireBuildTools(env: Environment): void {
  const needed = ['cmake', 'make', 'cc', ...(env.CXX ? [] : ['c++'])];
  const missing = needed.filter((name) => !hasProgram(name, env));
  if (missing.length === 0) return;
  throw new CodriverError('ROS_SETUP_FAILED', `Nothing can be built without ${missing.join(', ')}.`, {
    remedy: 'apt-get install cmake make g++',
  });
}

function requireSpace(paths: RosPaths): void {
  const { bavail, bsize } = statfsSync(paths.home);
  const free = bavail * bsize;
  if (free >= WHEELS_NEED_BYTES) return;
  throw new CodriverError(
    'DISK_FULL',
    `${paths.home}: ${Math.floor(free / 1e6)} MB are free; ROS's wheels need 1000.`,
    {
      remedy: 'Make room, then run npm run ros:setup again.',
    },
  );
}
