import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { rosPaths } from '../../../ros/setup/paths.ts';
import { need, repositoryRoot } from '../../support/require.ts';

const run = promisify(execFile);
const paths = rosPaths(repositoryRoot);
const share = path.join(paths.install, 'share', 'codriver');

test('ament finds both packages, and what ros2 run and ros2 launch look for', {
  skip: need('ros'),
}, async () => {
  const { stdout } = await run(paths.python, [
    '-c',
    [
      'from ament_index_python import get_package_prefix, get_package_share_directory',
      'print(get_package_prefix("codriver"))',
      'print(get_package_share_directory("codriver"))',
      'print(get_package_prefix("codriver_msgs"))',
    ].join('\n'),
  ]);
  assert.deepEqual(stdout.trim().split('\n'), [paths.install, share, paths.install]);
  for (const name of ['launch/codriver.launch.py', 'config/codriver.param.yaml', 'package.xml'])
    assert.ok(readFileSync(path.join(share, name)).length > 0, name);
});

test('the launch file is Python', { skip: need('ros') }, async () => {
  const file = path.join(share, 'launch', 'codriver.launch.py');
  await run(paths.python, ['-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', file]);
});

test('what ros2 run starts is this checkout, or the one that CODRIVER_ROOT names', {
  skip: need('ros'),
}, async () => {
  const program = path.join(paths.install, 'lib', 'codriver', 'codriver');
  const { stdout } = await run(program, ['--help']);
  assert.match(stdout, /codriver run/);
  await assert.rejects(run(program, [], { env: { ...process.env, CODRIVER_ROOT: '/nowhere' } }), {
    code: 1,
    stderr: /\/nowhere is no checkout of codriver/,
  });
});
