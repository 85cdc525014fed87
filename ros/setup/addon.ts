import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { CodriverError } from '../../src/domain/errors.ts';
import type { Ros } from './find-ros.ts';
import type { RosPaths } from './paths.ts';
import { plainFolder } from './plain-paths.ts';
import { hashFile } from './stamps.ts';
import { type Environment, failureOf, runTool } from './tool.ts';

/** Version of the rclnodejs that is installed. NOT_FOUND where `npm ci` has not been run. */
export function rclnodejsVersion(paths: RosPaths): string {
  try {
    const manifest = readFileSync(path.join(paths.rclnodejs, 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  } catch (cause) {
    throw new CodriverError('NOT_FOUND', `rclnodejs is not installed in ${paths.rclnodejs}.`, {
      remedy: 'npm ci',
      cause,
    });
  }
}

/** Where the addon for this Node and that ROS is kept. */
export function addonFolder(paths: RosPaths, ros: Ros): string {
  return path.join(paths.addons, `${rclnodejsVersion(paths)}-${process.versions.modules}-${ros.distro}`);
}

/**
 * Why node can't load an addon in that environment; null where it can. Asked of a child process: rclnodejs itself
 * answers a failure to load by deleting the build and starting another.
 */
export function loadError(addon: string, env: Environment): string | null {
  const result = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', addon], {
    env: { ...env },
    encoding: 'utf8',
  });
  if (result.status === 0) return null;
  return (
    /^Error: (.*)$/m.exec(result.stderr)?.[1] ??
    (result.signal ? `ended by ${result.signal}` : `exit code ${result.status}`)
  );
}

/**
 * The addon that rclnodejs ships for this distribution, Ubuntu and processor, if it is there and loads; else null.
 * `release`: the text of /etc/os-release.
 */
export function shippedAddon(paths: RosPaths, ros: Ros, env: Environment, release: string): string | null {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1]?.trim();
  const folder = path.join(paths.rclnodejs, 'prebuilds', `${process.platform}-${process.arch}`);
  const name = `${ros.distro}-${codename}-${process.arch}-node-rclnodejs.node`;
  const addon = path.join(folder, name);
  return existsSync(addon) && loadError(addon, env) === null ? addon : null;
}

/**
 * Compiles rclnodejs's addon and keeps it in {@link addonFolder}. `env`: of ROS, for building.
 * ROS_SETUP_FAILED with the end of the log, or where what was built does not load.
 */
export async function buildAddon(
  paths: RosPaths,
  ros: Ros,
  env: Environment,
  runEnv: Environment,
): Promise<void> {
  // In a folder of its own: gyp looks through links at paths and trips over spaces, and the addon that is in use is not
  // touched before the new one loads.
  const scratch = plainFolder();
  const log = path.join(paths.log, 'addon.log');
  const failure = 'The addon of rclnodejs was not built';
  try {
    const source = copySources(paths, scratch);
    const nodeGyp = path.join(scratch, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
    const gypEnv = prefixWithoutSpaces(ros, env, scratch);
    await runTool({
      command: process.execPath,
      args: [nodeGyp, '-j', String(availableParallelism()), ...nodeHeaders(env), 'rebuild'],
      cwd: source,
      env: gypEnv,
      log,
      failure,
      remedy: gypRemedy,
    });
    const built = path.join(source, 'build', 'Release', 'rclnodejs.node');
    const problem = loadError(built, runEnv);
    if (problem !== null)
      throw failureOf(
        { command: 'node-gyp', log, failure, remedy: gypRemedy },
        `what was built does not load: ${problem}`,
      );
    const folder = addonFolder(paths, ros);
    mkdirSync(folder, { recursive: true });
    const kept = path.join(folder, 'rclnodejs.node');
    copyFileSync(built, `${kept}.new`);
    renameSync(`${kept}.new`, kept);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Modules that name files of their own to the compiler or to make, by the path that they find themselves at. */
const BUILD_MODULES = ['node-addon-api', 'node-gyp'];

/** Copies what is compiled, and links what the build's scripts import. Returns the folder of the copy. */
function copySources(paths: RosPaths, scratch: string): string {
  const source = path.join(scratch, 'rclnodejs');
  const left = ['prebuilds', 'generated', 'build'].map((name) => path.join(paths.rclnodejs, name));
  cpSync(paths.rclnodejs, source, { recursive: true, filter: (file) => !left.includes(file) });
  const modules = path.join(scratch, 'node_modules');
  mkdirSync(modules);
  const installed = path.join(paths.root, 'node_modules');
  for (const name of readdirSync(installed)) {
    if (BUILD_MODULES.includes(name))
      cpSync(path.join(installed, name), path.join(modules, name), { recursive: true });
    else symlinkSync(path.join(installed, name), path.join(modules, name));
  }
  return source;
}

/** The wheels' prefix by a path without spaces. */
function prefixWithoutSpaces(ros: Ros, env: Environment, scratch: string): Environment {
  if (ros.kind !== 'wheels') return env;
  const prefix = path.join(scratch, 'ros');
  symlinkSync(ros.prefix, prefix);
  return { ...env, AMENT_PREFIX_PATH: prefix, PATH: `${path.join(prefix, 'bin')}:${env.PATH ?? ''}` };
}

/** Node's own headers where they were installed with it: node-gyp would download them. */
function nodeHeaders(env: Environment): string[] {
  if (env.npm_config_nodedir) return [];
  const prefix = path.resolve(process.execPath, '../..');
  const header = path.join(prefix, 'include', 'node', 'node_version.h');
  if (!existsSync(header)) return [];
  const text = readFileSync(header, 'utf8');
  const part = (name: string): string =>
    new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1] ?? '';
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
  return version === process.versions.node ? [`--nodedir=${prefix}`] : [];
}

/** What to do about a failed build, from what it said last. */
export function gypRemedy(tail: string): string {
  if (/nodejs\.org|ENOTFOUND|node-v[\d.]+-headers/.test(tail))
    return "node-gyp wants Node's headers from nodejs.org: install the ones of your Node (include/node) and name their prefix: npm_config_nodedir=PREFIX npm run ros:setup.";
  if (/not found: make|not found: g\+\+|find Python/.test(tail)) return 'apt-get install g++ make python3.';
  return 'See the log for the first error.';
}

/**
 * Puts an addon where rclnodejs looks for it: a copy of a built one, a link to a shipped one (which rclnodejs loads by
 * its own path: as one file it is loaded once).
 */
export function placeAddon(paths: RosPaths, addon: string, shipped: boolean): void {
  mkdirSync(path.dirname(paths.placedAddon), { recursive: true });
  const fresh = `${paths.placedAddon}.new`;
  rmSync(fresh, { force: true });
  if (shipped) symlinkSync(path.relative(path.dirname(paths.placedAddon), addon), fresh);
  else copyFileSync(addon, fresh);
  renameSync(fresh, paths.placedAddon);
}

/** True where rclnodejs would load that addon. */
export function isPlaced(paths: RosPaths, addon: string): boolean {
  return existsSync(paths.placedAddon) && hashFile(paths.placedAddon) === hashFile(addon);
}
