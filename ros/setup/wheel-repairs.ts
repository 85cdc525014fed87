import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RosPaths } from './paths.ts';
import { pythonInclude } from './python.ts';
import { type Environment, runTool } from './tool.ts';
import { sitePackages } from './wheels.ts';

/** Where the parts are that the wheels' build files name by a path of the machine they were built on. */
export interface BuildPaths {
  readonly prefix: string;
  /** Folder of `Python.h`. */
  readonly include: string;
  /** Folder of the numpy package. */
  readonly numpy: string;
}

/** Replaces the build machine's paths in one build file. */
export function repairedBuildFile(text: string, { prefix, include, numpy }: BuildPaths): string {
  return text
    .replace(/\/opt\/python\/cp\d+-cp\d+\/lib\/python[\d.]+\/site-packages\/numpy/g, () => numpy)
    .replace(/\/opt\/python\/cp\d+-cp\d+\/include\/python[\d.]+/g, () => include)
    .replace(/\/opt\/python\/cp\d+-cp\d+/g, () => prefix);
}

/** Makes interface packages buildable against the wheels: repairs every build file below `share`. */
export function repairBuildFiles(paths: RosPaths, env: Environment): void {
  const numpy = path.join(sitePackages(paths.venv), 'numpy');
  const include = pythonInclude(path.join(paths.venv, 'bin', 'python'), env);
  const share = path.join(paths.venv, 'share');
  for (const name of readdirSync(share, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(cmake|in|sh|dsv|txt|pc)$/.test(name)) continue;
    const file = path.join(share, name);
    const text = readFileSync(file, 'utf8');
    const repaired = repairedBuildFile(text, { prefix: paths.venv, include, numpy });
    if (repaired === text) continue;
    writeFileSync(`${file}.new`, repaired);
    renameSync(`${file}.new`, file);
  }
}

/**
 * Makes empty stand-ins for the `lib*__rosidl_generator_py.so` that librcl names. The real ones need libpython's symbols,
 * so node can't load them; nothing in them is called from node.
 */
export async function makeStandIns(paths: RosPaths, env: Environment): Promise<void> {
  rmSync(paths.standIns, { recursive: true, force: true });
  mkdirSync(paths.standIns, { recursive: true });
  const names = readdirSync(path.join(paths.venv, 'lib')).filter((name) =>
    /^lib.*__rosidl_generator_py\.so$/.test(name),
  );
  for (const name of names) {
    await runTool({
      command: 'cc',
      args: [
        ...['-shared', '-fPIC', '-nostdlib', '-x', 'c', '/dev/null'],
        ...['-o', path.join(paths.standIns, name), `-Wl,-soname,${name}`],
      ],
      cwd: paths.root,
      env,
      log: path.join(paths.log, 'repairs.log'),
      failure: `The stand-in for ${name} was not made`,
      remedy: () => 'apt-get install g++.',
    });
  }
}

/** rclnodejs takes the folder above `ros2` for the prefix, and the wheels have no ros2: a script marks the place. */
export function markPrefix(paths: RosPaths): void {
  const marker = path.join(paths.venv, 'bin', 'ros2');
  writeFileSync(
    marker,
    '#!/bin/sh\n# Marks the prefix for rclnodejs (npm run ros:setup).\necho "ros2: there is no wheel of ros2cli; install ROS 2 to have it" >&2\nexit 1\n',
  );
  chmodSync(marker, 0o755);
}
