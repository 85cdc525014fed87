import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RosPaths } from './paths.ts';
import { pythonInclude } from './python.ts';
import { type Environment, runTool } from './tool.ts';

/**
 * Replaces the paths of the machine that the wheels were built on in one CMake file.
 * `prefix`: the ament prefix as CMake is to see it; `include`: the folder of `Python.h`.
 */
export function repairedBuildFile(text: string, prefix: string, include: string): string {
  return text
    .replace(/\/opt\/python\/cp\d+-cp\d+\/include\/python[\d.]+/g, () => include)
    .replace(/\/opt\/python\/cp\d+-cp\d+/g, () => prefix);
}

/** Makes interface packages buildable against the wheels: repairs every CMake file below `share`. */
export function repairBuildFiles(paths: RosPaths, env: Environment): void {
  const include = pythonInclude(path.join(paths.venv, 'bin', 'python'), env);
  const share = path.join(paths.venv, 'share');
  for (const name of readdirSync(share, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.cmake')) continue;
    const file = path.join(share, name);
    const text = readFileSync(file, 'utf8');
    const up = path.relative(path.dirname(file), paths.venv);
    const repaired = repairedBuildFile(text, `\${CMAKE_CURRENT_LIST_DIR}/${up}`, include);
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
