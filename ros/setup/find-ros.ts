import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CodriverError } from '../../src/domain/errors.ts';

/** The distributions that rclnodejs and the messages are made for, newest first. */
export const DISTROS: readonly string[] = ['lyrical', 'kilted', 'jazzy', 'humble'];

/** A ROS 2 that is installed on this machine. */
export interface InstalledRos {
  readonly kind: 'installed';
  readonly distro: string;
  /** The ament prefix that holds rcl. */
  readonly prefix: string;
  /** Version of rcl, by which an update of ROS is noticed. */
  readonly version: string;
}

/** ROS 2 Kilted from Python wheels, in `.ros/venv`. */
export interface WheelRos {
  readonly kind: 'wheels';
  readonly distro: 'kilted';
  readonly prefix: string;
}

/** The ROS 2 that codriver is set up for. */
export type Ros = InstalledRos | WheelRos;

/** What {@link findInstalledRos} looks at. */
export interface FindOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of installed distributions. Default `/opt/ros`. */
  readonly installed?: string;
  /** Prefixes below this folder are our own and do not count. */
  readonly own: string;
}

/**
 * Finds a ROS 2: the one that is sourced, else the newest below `/opt/ros`; null where there is none.
 * ROS_SETUP_FAILED where one is sourced that codriver does not know, or that lacks what building needs.
 */
export function findInstalledRos(options: FindOptions): InstalledRos | null {
  return sourcedRos(options) ?? rosInFolder(options.installed ?? '/opt/ros');
}

function sourcedRos({ env, own }: FindOptions): InstalledRos | null {
  const prefixes = (env.AMENT_PREFIX_PATH ?? '')
    .split(':')
    .filter((prefix) => prefix !== '' && !isBelow(prefix, own));
  const distro = env.ROS_DISTRO;
  if (!distro || prefixes.length === 0) return null;
  if (!DISTROS.includes(distro)) {
    throw new CodriverError(
      'ROS_SETUP_FAILED',
      `ROS ${distro} is sourced; codriver knows ${DISTROS.join(', ')}.`,
      {
        remedy: 'Source one of these, or start from a shell in which no ROS is sourced.',
      },
    );
  }
  const prefix = prefixes.find((candidate) => existsSync(rclManifest(candidate)));
  if (prefix === undefined) {
    throw new CodriverError(
      'ROS_SETUP_FAILED',
      `ROS ${distro} is sourced, but none of its prefixes holds rcl: ${prefixes.join(', ')}.`,
      { remedy: `Install ros-${distro}-ros-base, and source its setup.sh.` },
    );
  }
  return installedRos(distro, prefix);
}

function rosInFolder(folder: string): InstalledRos | null {
  for (const distro of DISTROS) {
    const prefix = path.join(folder, distro);
    if (existsSync(path.join(prefix, 'setup.sh'))) return installedRos(distro, prefix);
  }
  return null;
}

function installedRos(distro: string, prefix: string): InstalledRos {
  if (!existsSync(rclManifest(prefix)) || !existsSync(path.join(prefix, 'include', 'rcl'))) {
    throw new CodriverError('ROS_SETUP_FAILED', `ROS ${distro} in ${prefix} has no rcl with its headers.`, {
      remedy: `apt-get install ros-${distro}-ros-base`,
    });
  }
  const version = /<version>([^<]*)<\/version>/.exec(readFileSync(rclManifest(prefix), 'utf8'))?.[1] ?? '';
  return { kind: 'installed', distro, prefix, version: version.trim() };
}

const rclManifest = (prefix: string): string => path.join(prefix, 'share', 'rcl', 'package.xml');

const isBelow = (inner: string, outer: string): boolean =>
  !path.relative(outer, inner).startsWith('..') && !path.isAbsolute(path.relative(outer, inner));
