import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RosPaths, rosPaths } from './paths.ts';
import type { Environment } from './tool.ts';

/** Characters that CMake, make, gyp and the scripts which ament writes leave alone. */
const PLAIN = /^[\w./+-]+$/;

/** Makes a folder for temporary files, whose path is plain. The caller removes it. */
export function plainFolder(): string {
  return mkdtempSync(path.join(PLAIN.test(tmpdir()) ? tmpdir() : '/tmp', 'codriver-ros-'));
}

/**
 * Lets `work` see the checkout, and every path of it in `env`, by a path without spaces and other characters that ROS's
 * build tools trip over: its own, or a link that is there for so long. What is installed then names the link in a few
 * files that only dependent builds read.
 */
export async function withPlainPaths(
  paths: RosPaths,
  env: Environment,
  work: (paths: RosPaths, env: Environment) => Promise<void>,
): Promise<void> {
  if (PLAIN.test(paths.root)) return work(paths, env);
  const folder = plainFolder();
  const link = path.join(folder, 'checkout');
  try {
    symlinkSync(paths.root, link);
    // PWD keeps the working directory by the name that it was gone to.
    await work(rosPaths(link), { ...renamed(env, paths.root, link), PWD: link });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function renamed(env: Environment, from: string, to: string): Environment {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value?.replaceAll(from, () => to)]),
  );
}
