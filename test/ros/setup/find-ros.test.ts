import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { findInstalledRos } from '../../../ros/setup/find-ros.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-find-ros-'));
after(() => rmSync(folder, { recursive: true }));
const own = path.join(folder, 'checkout', '.ros');

function makePrefix(prefix: string, version = '9.2.8'): string {
  mkdirSync(path.join(prefix, 'share', 'rcl'), { recursive: true });
  mkdirSync(path.join(prefix, 'include', 'rcl'), { recursive: true });
  writeFileSync(
    path.join(prefix, 'share', 'rcl', 'package.xml'),
    `<package><version>${version}</version></package>`,
  );
  writeFileSync(path.join(prefix, 'setup.sh'), '');
  return prefix;
}

test('the ROS that is sourced counts first; an overlay before it does not hide it', () => {
  const installed = path.join(folder, 'opt');
  const jazzy = makePrefix(path.join(installed, 'jazzy'));
  makePrefix(path.join(installed, 'kilted'), '10.1.3');
  const env = { ROS_DISTRO: 'jazzy', AMENT_PREFIX_PATH: `${folder}/overlay:${jazzy}` };
  assert.deepEqual(findInstalledRos({ env, installed, own }), {
    kind: 'installed',
    distro: 'jazzy',
    prefix: jazzy,
    version: '9.2.8',
  });
});

test('with none sourced, the newest in /opt/ros; with none there, none', () => {
  const installed = path.join(folder, 'opt2');
  assert.equal(findInstalledRos({ env: {}, installed, own }), null);
  makePrefix(path.join(installed, 'humble'));
  assert.equal(findInstalledRos({ env: {}, installed, own })?.distro, 'humble');
  makePrefix(path.join(installed, 'kilted'));
  assert.equal(findInstalledRos({ env: { ROS_DISTRO: 'humble' }, installed, own })?.distro, 'kilted');
});

test('our own wheels are not taken for an installed ROS', () => {
  const env = {
    ROS_DISTRO: 'kilted',
    AMENT_PREFIX_PATH: `${own}/install:${makePrefix(path.join(own, 'venv'))}`,
  };
  assert.equal(findInstalledRos({ env, installed: path.join(folder, 'none'), own }), null);
});

test('a distribution that is not known, and one without headers, are named', () => {
  const foxy = { ROS_DISTRO: 'foxy', AMENT_PREFIX_PATH: makePrefix(path.join(folder, 'foxy')) };
  assert.throws(() => findInstalledRos({ env: foxy, own }), { code: 'ROS_SETUP_FAILED', message: /foxy/ });
  const installed = path.join(folder, 'opt3');
  rmSync(path.join(makePrefix(path.join(installed, 'kilted')), 'include'), { recursive: true });
  assert.throws(() => findInstalledRos({ env: {}, installed, own }), {
    code: 'ROS_SETUP_FAILED',
    remedy: 'apt-get install ros-kilted-ros-base',
  });
  const empty = { ROS_DISTRO: 'jazzy', AMENT_PREFIX_PATH: `${folder}/nothing` };
  assert.throws(() => findInstalledRos({ env: empty, own }), {
    code: 'ROS_SETUP_FAILED',
    message: /nothing/,
  });
});
