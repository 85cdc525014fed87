import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { CodriverError } from '../../src/domain/errors.ts';

/** An environment for a child process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One call of an outside program. */
export interface ToolCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** Gets everything that the program prints, behind what is in it already. */
  readonly log: string;
  /** What was not done where it fails: "codriver_msgs was not built". */
  readonly failure: string;
  /** What to do about it, from the end of the log. */
  readonly remedy: (tail: string) => string;
}

const TAIL_LINES = 12;
let running: ChildProcess | undefined;
let interrupted = false;

/** Runs a program to its end. ROS_SETUP_FAILED with the end of its log, DISK_FULL, ABORTED where it was interrupted. */
export async function runTool(call: ToolCall): Promise<void> {
  if (interrupted) throw aborted();
  mkdirSync(path.dirname(call.log), { recursive: true });
  const log = openSync(call.log, 'a');
  writeSync(log, `$ ${[call.command, ...call.args].join(' ')}\n`);
  let outcome: string;
  try {
    outcome = await runToEnd(call, log);
  } finally {
    closeSync(log);
  }
  if (interrupted) throw aborted();
  if (outcome !== '') throw failureOf(call, outcome);
}

function runToEnd(call: ToolCall, log: number): Promise<string> {
  return new Promise((resolve) => {
    // A group of its own, so that make's and pip's children end with it.
    const child = spawn(call.command, call.args, {
      cwd: call.cwd,
      env: { ...call.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    running = child;
    const end = (outcome: string): void => {
      running = undefined;
      resolve(outcome);
    };
    child.once('error', (error) => end(error.message));
    child.once('close', (code, signal) =>
      end(code === 0 ? '' : signal ? `ended by ${signal}` : `exit code ${code}`),
    );
  });
}

/** Ends the program that runs, if any; every later {@link runTool} throws ABORTED. */
export function interruptTools(): void {
  interrupted = true;
  if (running?.pid === undefined) return;
  try {
    process.kill(-running.pid, 'SIGTERM');
  } catch {
    // It has just ended by itself.
  }
}

function aborted(): CodriverError {
  return new CodriverError('ABORTED', 'The set-up of ROS was interrupted.', {
    remedy: 'npm run ros:setup goes on with the step that was interrupted.',
  });
}

/** The error for a program that did not do its work; `outcome` is how it ended. */
export function failureOf(
  call: Pick<ToolCall, 'command' | 'log' | 'failure' | 'remedy'>,
  outcome: string,
): CodriverError {
  const tail = readFileSync(call.log, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  if (/No space left on device|ENOSPC|Errno 28/.test(tail)) {
    return new CodriverError('DISK_FULL', `${call.failure}: the disk is full.`, {
      remedy: `Make room (the wheels need 1 GB while they are installed), then run npm run ros:setup again. All of it: ${call.log}`,
    });
  }
  return new CodriverError(
    'ROS_SETUP_FAILED',
    `${call.failure}: ${path.basename(call.command)}: ${outcome}.\n${tail.replace(/^/gm, '    ')}`,
    { remedy: `${call.remedy(tail)} All of it: ${call.log}` },
  );
}

/**
 * The environment after a POSIX sh script has been sourced in `env`.
 * ROS_SETUP_FAILED where the script fails.
 */
export function sourced(script: string, env: Environment): Record<string, string> {
  const result = spawnSync('sh', ['-c', '. "$1" >/dev/null && env -0', 'sh', script], {
    env: { ...env },
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw new CodriverError('ROS_SETUP_FAILED', `${script} can't be sourced: ${result.stderr.trim()}`, {
      remedy: 'Delete .ros and run npm run ros:setup again.',
    });
  }
  return Object.fromEntries(
    result.stdout
      .split('\0')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** True where a program of that name is on the PATH of `env`. */
export function hasProgram(name: string, env: Environment): boolean {
  return (env.PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
