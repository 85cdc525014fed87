import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Ros } from './find-ros.ts';
import type { RosPaths } from './paths.ts';
import { withPlainPaths } from './plain-paths.ts';
import { type Environment, hasProgram, runTool } from './tool.ts';

/**
 * Builds one of this repository's ROS packages, with colcon where there is one, and installs it into `.ros/install`.
 * `ros`: the wheels' own Python runs ROS's generators; of an installed ROS the one that CMake finds.
 * ROS_SETUP_FAILED with the end of the log.
 */
export function buildPackage(paths: RosPaths, name: string, env: Environment, ros: Ros): Promise<void> {
  return withPlainPaths(paths, env, (plain, plainEnv) => build(plain, name, plainEnv, ros, paths.root));
}

async function build(paths: RosPaths, name: string, env: Environment, ros: Ros, root: string): Promise<void> {
  const source = path.join(paths.sources, name);
  const folder = path.join(paths.build, name);
  const log = path.join(paths.log, `${name}.log`);
  const options = [
    '-DCMAKE_BUILD_TYPE=Release',
    '-DBUILD_TESTING=OFF',
    // For what codriver installs, whose way to the checkout must not lead over a link that is soon gone.
    `-DCODRIVER_ROOT=${root}`,
    ...(ros.kind === 'wheels' ? [`-DPython3_EXECUTABLE=${path.join(paths.venv, 'bin', 'python')}`] : []),
  ];
  // A CMake cache remembers paths of another ROS or of another folder.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = (command: string, args: readonly string[]): Promise<void> =>
    runTool({
      command,
      args,
      cwd: paths.root,
      env,
      log,
      failure: `${name} was not built`,
      remedy: buildRemedy,
    });

  if (hasProgram('colcon', env)) {
    await run('colcon', [
      ...['--log-base', path.join(paths.log, 'colcon'), 'build', '--merge-install'],
      ...['--base-paths', source, '--build-base', paths.build, '--install-base', paths.install],
      ...['--packages-select', name, '--cmake-args', ...options],
    ]);
  } else {
    await run('cmake', ['-S', source, '-B', folder, `-DCMAKE_INSTALL_PREFIX=${paths.install}`, ...options]);
    await run('cmake', ['--build', folder, '--parallel', String(availableParallelism())]);
    await run('cmake', ['--install', folder]);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** What to do about a failed build, from what it said last. */
export function buildRemedy(tail: string): string {
  const missing = /find_package\((\w+)\)|package configuration file provided by "(\w+)"/.exec(tail);
  if (missing) {
    const name = (missing[1] ?? missing[2] ?? '').replaceAll('_', '-');
    return `A ROS package is missing; with an installed ROS: apt-get install ros-$ROS_DISTRO-${name}.`;
  }
  return 'With an installed ROS, see that ros-DISTRO-ros-base and g++ are there; else delete .ros and set up again.';
}
