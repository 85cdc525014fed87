import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadError, rclnodejsVersion } from './addon.ts';
import type { Ros } from './find-ros.ts';
import { checkout, rosPaths } from './paths.ts';
import { hashFolder } from './stamps.ts';
import { sourced } from './tool.ts';

/** What `.ros/state.json` says: written when a set-up has ended, taken away when one begins to work. */
interface State {
  /** The checkout; an environment does not survive being moved. */
  readonly root: string;
  readonly ros: Ros;
  readonly rclnodejs: string;
  readonly nodeAbi: string;
  /** {@link messagesHash}. */
  readonly messages: string;
}

/** How a checkout stands with ROS. */
export interface RosStatus {
  /** True where the live node can start. */
  readonly ready: boolean;
  /** "kilted from Python wheels" or "jazzy in /opt/ros/jazzy"; null before the first set-up. */
  readonly ros: string | null;
  /** Why it is not ready, a phrase; null where it is. `npm run ros:setup` is the remedy for each. */
  readonly problem: string | null;
}

/** Says which ROS that is, for people. */
export function describeRos(ros: Ros): string {
  return ros.kind === 'wheels' ? `${ros.distro} from Python wheels` : `${ros.distro} in ${ros.prefix}`;
}

/** Checksum of this repository's message definitions. */
export function messagesHash(root: string): string {
  return hashFolder(path.join(rosPaths(root).sources, 'codriver_msgs'));
}

/** Remembers that a set-up is complete. */
export function writeState(root: string, ros: Ros): void {
  const paths = rosPaths(root);
  const state: State = {
    root,
    ros,
    rclnodejs: rclnodejsVersion(paths),
    nodeAbi: process.versions.modules,
    messages: messagesHash(root),
  };
  mkdirSync(paths.home, { recursive: true });
  writeFileSync(`${paths.state}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${paths.state}.new`, paths.state);
}

/** Forgets it: until the next {@link writeState} nothing counts as set up. */
export function clearState(root: string): void {
  rmSync(rosPaths(root).state, { force: true });
}

/** Looks whether ROS is set up and nothing has changed since. Reads files only; see {@link rosLoadError} for more. */
export function rosStatus(root: string = checkout): RosStatus {
  const paths = rosPaths(root);
  let state: State;
  try {
    state = JSON.parse(readFileSync(paths.state, 'utf8')) as State;
  } catch {
    return { ready: false, ros: null, problem: 'not set up' };
  }
  const problem = problemOf(state, root);
  return { ready: problem === null, ros: describeRos(state.ros), problem };
}

function problemOf(state: State, root: string): string | null {
  const paths = rosPaths(root);
  if (state.root !== root) return `set up in another folder (${state.root})`;
  if (state.nodeAbi !== process.versions.modules)
    return `the addon was built for Node's ABI ${state.nodeAbi}, and this is ${process.versions.modules}`;
  if (!existsSync(path.join(paths.rclnodejs, 'package.json'))) return 'rclnodejs is not installed';
  const version = rclnodejsVersion(paths);
  if (state.rclnodejs !== version) return `set up for rclnodejs ${state.rclnodejs}, and this is ${version}`;
  if (state.messages !== messagesHash(root)) return 'ros/codriver_msgs has changed since';
  if (!existsSync(paths.placedAddon))
    return "rclnodejs's addon is not in node_modules (npm ci takes it away)";
  if (!existsSync(path.join(paths.rclnodejs, 'generated', 'codriver_msgs')))
    return "rclnodejs's messages are not in node_modules (npm ci takes them away)";
  if (!existsSync(path.join(state.ros.prefix, 'share', 'rcl'))) return `${state.ros.prefix} is gone`;
  return null;
}

/** Why rclnodejs's addon does not load in the environment of `.ros/env.sh`; null where it loads. Starts a process. */
export function rosLoadError(root: string = checkout): string | null {
  const paths = rosPaths(root);
  return loadError(paths.placedAddon, sourced(paths.environment, process.env));
}
