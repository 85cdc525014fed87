import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gypRemedy } from '../../../ros/setup/addon.ts';
import { buildRemedy } from '../../../ros/setup/packages.ts';
import { choosePython, type PythonProbe } from '../../../ros/setup/python.ts';
import { failureOf, runTool, type ToolCall } from '../../../ros/setup/tool.ts';
import { repairedBuildFile } from '../../../ros/setup/wheel-repairs.ts';
import { pipRemedy } from '../../../ros/setup/wheels.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-tool-'));
after(() => rmSync(folder, { recursive: true }));

const probe = (command: string, version: string, headers = true, venv = true): PythonProbe => ({
  command,
  version,
  headers,
  venv,
});

test('the first Python that is whole is taken', () => {
  const chosen = choosePython([
    probe('python3', '3.14'),
    probe('python3.12', '3.12', false),
    probe('python3.11', '3.11'),
  ]);
  assert.equal(chosen.command, 'python3.11');
});

test('what a Python lacks is said with the packages that bring it', () => {
  const refused = (...probes: PythonProbe[]): Record<'message' | 'remedy', string> => {
    try {
      choosePython(probes);
    } catch (error) {
      return error as Record<'message' | 'remedy', string>;
    }
    return assert.fail('was accepted');
  };
  assert.match(refused().message, /none was found/);
  assert.match(refused(probe('python3', '3.14')).message, /python3 is 3\.14/);
  assert.match(refused(probe('python3', '3.12', false)).message, /Python\.h/);
  assert.match(refused(probe('python3', '3.12', false)).remedy, /python3\.12-dev/);
  assert.match(refused(probe('python3', '3.11', true, false)).message, /virtual environment/);
});

function call(args: string[]): ToolCall {
  return {
    command: 'sh',
    args,
    cwd: folder,
    env: process.env,
    log: path.join(folder, 'log', 'step.log'),
    failure: 'The step was not done',
    remedy: (tail) => (tail.includes('why') ? 'Do that.' : 'See the log.'),
  };
}

test('a failed tool is one error with the end of its log, what to do, and where the rest is', async () => {
  await assert.rejects(
    runTool(call(['-c', 'seq 100; echo why >&2; exit 3'])),
    (error: Error & { remedy: string }) => {
      assert.match(
        error.message,
        /^The step was not done: sh: exit code 3\.\n {4}90\n(?: {4}9\d\n)+ {4}100\n {4}why$/,
      );
      assert.match(error.remedy, /^Do that\. All of it: .*step\.log$/);
      return true;
    },
  );
  await assert.rejects(runTool({ ...call([]), command: 'no-such-tool' }), {
    code: 'ROS_SETUP_FAILED',
    message: /ENOENT/,
  });
});

test('a full disk is told from other failures', () => {
  const failed = call([]);
  writeFileSync(failed.log, "OSError: [Errno 28] No space left on device: 'x'\n");
  assert.equal(failureOf(failed, 'exit code 1').code, 'DISK_FULL');
});

test('the usual failures have their remedies', () => {
  assert.match(pipRemedy('ERROR: No matching distribution found for ros-rcl==10.1.3'), /PYTHON/);
  assert.match(
    pipRemedy('WARNING: Retrying after connection broken\nERROR: No matching distribution found for x==1'),
    /PIP_INDEX_URL/,
  );
  assert.match(pipRemedy('Temporary failure in name resolution'), /PIP_INDEX_URL/);
  assert.match(buildRemedy('Could not find a package configuration file provided by "std_msgs"'), /std-msgs/);
  assert.match(gypRemedy('gyp ERR! stack Error: getaddrinfo ENOTFOUND nodejs.org'), /nodedir/);
});

test("the build machine's paths are replaced in the wheels' build files", () => {
  const library = '/opt/python/cp311-cp311/lib/python3.11/site-packages/numpy';
  assert.equal(
    repairedBuildFile(
      `"/opt/python/cp311-cp311/include/python3.11;${library}"`,
      '/my $1 prefix',
      '/usr/include/python3.11',
    ),
    '"/usr/include/python3.11;/my $1 prefix/lib/python3.11/site-packages/numpy"',
  );
});
