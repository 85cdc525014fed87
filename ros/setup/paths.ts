import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the set-up of ROS keeps what. Everything lies below `.ros` in the checkout, except what rclnodejs looks up. */
export interface RosPaths {
  /** The checkout. */
  readonly root: string;
  /** `.ros`. */
  readonly home: string;
  /** A Python environment with ROS's wheels, which is an ament prefix too. Only without an installed ROS. */
  readonly venv: string;
  /** Empty stand-ins for libraries that Node can't load. Only with the wheels. */
  readonly standIns: string;
  /** The ament prefix of this repository's own packages. */
  readonly install: string;
  readonly build: string;
  /** What each tool printed. */
  readonly log: string;
  readonly stamps: string;
  /** Built addons, one folder per rclnodejs version, Node ABI and distribution; survives `npm ci`. */
  readonly addons: string;
  /** A copy of the generated messages; survives `npm ci`. */
  readonly messages: string;
  /** Sourced before node starts. */
  readonly environment: string;
  /** Runs Python with rclpy and codriver_msgs. */
  readonly python: string;
  /** Written last: what was set up. */
  readonly state: string;
  /** Held while a set-up runs. */
  readonly lock: string;
  /** rclnodejs as `npm ci` installed it. */
  readonly rclnodejs: string;
  /** The addon that rclnodejs loads. */
  readonly placedAddon: string;
  /** This repository's ROS packages. */
  readonly sources: string;
  /** The default Fast DDS profile. */
  readonly profile: string;
}

/** The paths of a checkout at `root`. */
export function rosPaths(root: string): RosPaths {
  const home = path.join(root, '.ros');
  const rclnodejs = path.join(root, 'node_modules', 'rclnodejs');
  return {
    root,
    home,
    venv: path.join(home, 'venv'),
    standIns: path.join(home, 'node-libs'),
    install: path.join(home, 'install'),
    build: path.join(home, 'build'),
    log: path.join(home, 'log'),
    stamps: path.join(home, 'stamps'),
    addons: path.join(home, 'addon'),
    messages: path.join(home, 'messages'),
    environment: path.join(home, 'env.sh'),
    python: path.join(home, 'python'),
    state: path.join(home, 'state.json'),
    lock: path.join(home, 'lock'),
    rclnodejs,
    placedAddon: path.join(rclnodejs, 'build', 'Release', 'rclnodejs.node'),
    sources: path.join(root, 'ros'),
    profile: path.join(root, 'ros', 'codriver', 'config', 'fastdds-shm.xml'),
  };
}

/** The checkout that this file lies in. */
export const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
