import { execFileSync, spawnSync } from 'node:child_process';
import { CodriverError } from '../../src/domain/errors.ts';
import type { Environment } from './tool.ts';

/** What is known of one Python interpreter. */
export interface PythonProbe {
  /** As it was called. */
  readonly command: string;
  /** "3.11". */
  readonly version: string;
  /** `Python.h` is there. */
  readonly headers: boolean;
  /** `python -m venv` works with pip. */
  readonly venv: boolean;
}

/** ROS's wheels exist for these. */
export const PYTHON_VERSIONS: readonly string[] = ['3.11', '3.12', '3.13', '3.10'];

const QUESTION = `
import importlib.util, json, os, sys, sysconfig
print(json.dumps({
  "version": "%d.%d" % sys.version_info[:2],
  "headers": os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")),
  "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
}))`;

/** Asks each Python that may be on this machine: $PYTHON alone where it is set, else python3 and the versions by name. */
export function probePythons(env: Environment): PythonProbe[] {
  const commands = env.PYTHON
    ? [env.PYTHON]
    : ['python3', ...PYTHON_VERSIONS.map((version) => `python${version}`)];
  return commands.flatMap((command) => {
    const result = spawnSync(command, ['-c', QUESTION], { env: { ...env }, encoding: 'utf8' });
    if (result.status !== 0) return [];
    return [{ command, ...(JSON.parse(result.stdout) as Omit<PythonProbe, 'command'>) }];
  });
}

/**
 * The first interpreter that ROS's wheels can be installed for and packages can be built with.
 * `asked`: the one that the user named, for the error.
 * ROS_SETUP_FAILED where none will do; it says what the nearest one lacks.
 */
export function choosePython(probes: readonly PythonProbe[], asked?: string): PythonProbe {
  const fitting = probes.filter(({ version }) => PYTHON_VERSIONS.includes(version));
  const whole = fitting.find(({ headers, venv }) => headers && venv);
  if (whole) return whole;
  const nearest = fitting[0];
  if (nearest === undefined) {
    const found =
      probes.map(({ command, version }) => `${command} is ${version}`).join(', ') ||
      (asked ? `PYTHON is ${asked}, which does not run` : 'none was found');
    throw new CodriverError('ROS_SETUP_FAILED', `ROS's wheels need Python 3.10 to 3.13: ${found}.`, {
      remedy: 'apt-get install python3 python3-venv python3-dev, or set PYTHON to an interpreter.',
    });
  }
  const lacking = nearest.headers
    ? 'can make no virtual environment (ensurepip is missing)'
    : 'has no headers (Python.h is missing)';
  throw new CodriverError('ROS_SETUP_FAILED', `${nearest.command} (${nearest.version}) ${lacking}.`, {
    remedy: `apt-get install python${nearest.version}-dev python${nearest.version}-venv, or set PYTHON to another interpreter.`,
  });
}

/** The folder of an interpreter's `Python.h`. */
export function pythonInclude(command: string, env: Environment): string {
  return execFileSync(command, ['-c', 'import sysconfig; print(sysconfig.get_paths()["include"])'], {
    env: { ...env },
    encoding: 'utf8',
  }).trim();
}
