import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { environmentFile, pythonWrapper } from '../../../ros/setup/environment-file.ts';
import type { Ros } from '../../../ros/setup/find-ros.ts';
import { rosPaths } from '../../../ros/setup/paths.ts';
import { sourced } from '../../../ros/setup/tool.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-env-'));
after(() => rmSync(folder, { recursive: true }));

const root = path.join(folder, "it's a $HOME (copy)");
const paths = rosPaths(root);
const bundled = [path.join(paths.venv, 'lib/python3.11/site-packages/ros_rcl.libs')];
const wheels: Ros = { kind: 'wheels', distro: 'kilted', prefix: paths.venv };
const prefix = path.join(folder, 'opt ros', 'jazzy');
const jazzy: Ros = { kind: 'installed', distro: 'jazzy', prefix, version: '9.2.8' };
const bare = { PATH: process.env.PATH };

mkdirSync(paths.home, { recursive: true });
mkdirSync(prefix, { recursive: true });
writeFileSync(
  path.join(prefix, 'setup.sh'),
  'export ROS_DISTRO=jazzy AMENT_PREFIX_PATH=/opt/jazzy LD_LIBRARY_PATH=/opt/jazzy/lib\n',
);

function environment(ros: Ros, env: Record<string, string | undefined>, text = ''): Record<string, string> {
  writeFileSync(paths.environment, environmentFile(paths, ros, bundled) + text);
  return sourced(paths.environment, env);
}

test('the wheels: stand-ins come first, and odd characters in the path are kept', () => {
  const env = environment(wheels, { ...bare, LD_LIBRARY_PATH: '/cuda/lib' });
  assert.equal(env.AMENT_PREFIX_PATH, `${paths.install}:${paths.venv}`);
  assert.equal(
    env.LD_LIBRARY_PATH,
    [
      paths.standIns,
      path.join(paths.install, 'lib'),
      path.join(paths.venv, 'lib'),
      ...bundled,
      '/cuda/lib',
    ].join(':'),
  );
  assert.equal(env.ROS_DISTRO, 'kilted');
  assert.equal(env.FASTDDS_DEFAULT_PROFILES_FILE, paths.profile);
});

test('sourcing twice is sourcing once', () => {
  for (const ros of [wheels, jazzy]) {
    const once = environment(ros, bare);
    const twice = environment(ros, once);
    assert.equal(twice.LD_LIBRARY_PATH, once.LD_LIBRARY_PATH);
    assert.equal(twice.AMENT_PREFIX_PATH, once.AMENT_PREFIX_PATH);
  }
});

test('only this computer and our profile, unless the user has said otherwise', () => {
  assert.equal(environment(wheels, bare).ROS_AUTOMATIC_DISCOVERY_RANGE, 'LOCALHOST');
  const own = environment(wheels, {
    ...bare,
    ROS_AUTOMATIC_DISCOVERY_RANGE: 'SUBNET',
    FASTDDS_DEFAULT_PROFILES_FILE: '/mine.xml',
  });
  assert.equal(own.ROS_AUTOMATIC_DISCOVERY_RANGE, 'SUBNET');
  assert.equal(own.FASTDDS_DEFAULT_PROFILES_FILE, '/mine.xml');
});

test('an installed ROS is sourced where it is not yet, with the variables its version knows', () => {
  const env = environment(jazzy, bare);
  assert.equal(env.AMENT_PREFIX_PATH, `${paths.install}:/opt/jazzy`);
  assert.equal(env.LD_LIBRARY_PATH, `${path.join(paths.install, 'lib')}:/opt/jazzy/lib`);
  assert.equal(env.FASTRTPS_DEFAULT_PROFILES_FILE, paths.profile);
  const sourcedAlready = environment(jazzy, {
    ...bare,
    ROS_DISTRO: 'jazzy',
    AMENT_PREFIX_PATH: '/ws:/opt/jazzy',
  });
  assert.equal(sourcedAlready.AMENT_PREFIX_PATH, `${paths.install}:/ws:/opt/jazzy`);
  const humble = environment({ ...jazzy, distro: 'humble' }, { ...bare, ROS_DISTRO: 'humble' });
  assert.equal(humble.ROS_LOCALHOST_ONLY, '1');
});

test('another ROS than the one it was made for is reported', () => {
  writeFileSync(paths.environment, environmentFile(paths, jazzy, []));
  const { stderr, status } = spawnSync('sh', ['-c', '. "$1"', 'sh', paths.environment], {
    env: { ...bare, ROS_DISTRO: 'kilted' },
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.match(stderr, /set up for ROS jazzy, but kilted is sourced/);
});

test('Python gets the real libraries and the packages that are installed', () => {
  const packages = path.join(paths.install, 'lib', 'python3.11', 'site-packages');
  mkdirSync(packages, { recursive: true });
  mkdirSync(path.join(paths.venv, 'bin'), { recursive: true });
  const python = path.join(paths.venv, 'bin', 'python');
  writeFileSync(python, '#!/bin/sh\necho "$LD_LIBRARY_PATH|$PYTHONPATH|$1"\n');
  chmodSync(python, 0o755);
  const env = environment(wheels, bare);
  writeFileSync(paths.python, pythonWrapper(paths, wheels));
  chmodSync(paths.python, 0o755);
  const { stdout } = spawnSync(paths.python, ['a script.py'], { env, encoding: 'utf8' });
  const libraries = [path.join(paths.install, 'lib'), path.join(paths.venv, 'lib'), ...bundled].join(':');
  assert.equal(stdout, `${libraries}|${packages}|a script.py\n`);
});
