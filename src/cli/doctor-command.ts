import { spawnSync } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import type { Command } from 'commander';
import { rosLoadError, rosStatus } from '../../ros/setup/status.ts';
import { findProgram, isNewEnough, OLDEST_FFMPEG } from '../io/video/ffmpeg.ts';
import { modelStatus } from '../models/index.ts';
import { chromiumPath } from './chromium.ts';

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** Without it `npm start` does not work. */
  readonly needed: boolean;
  readonly found: string;
  readonly remedy: string;
}

/** `codriver doctor`. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('What this machine has and lacks. Exit code 1 where something needed is missing.')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExample:\n  codriver doctor')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine();
      if (options.json) process.stdout.write(`${JSON.stringify(findings)}\n`);
      else for (const finding of findings) process.stdout.write(line(finding));
      if (findings.some((finding) => finding.needed && !finding.ok)) process.exitCode = 1;
    });
}

function line({ name, ok, needed, found, remedy }: Finding): string {
  const mark = ok ? '✔' : needed ? '✖' : '–';
  return `${mark} ${name.padEnd(26)} ${found}\n${ok ? '' : `    → ${remedy}\n`}`;
}

/** Looks at everything the main job and the tests use. */
export async function examine(): Promise<Finding[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const findings: Finding[] = [
    {
      name: 'Node.js',
      ok: major > 20 || (major === 20 && minor >= 20),
      needed: true,
      found: process.versions.node,
      remedy: 'Install Node.js 20.20 or later.',
    },
    {
      name: 'machine',
      ok: true,
      needed: false,
      found: `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
      remedy: '',
    },
    await native('onnxruntime-node', 'npm ci'),
    await native('sharp', 'npm ci'),
    await native('@napi-rs/canvas', 'npm ci'),
    tool('python3 (models pull)', 'python3', ['--version'], 'apt-get install python3 python3-pip', false),
    await video('ffmpeg'),
    await video('ffprobe'),
    chromium(),
    ros(),
  ];
  for (const { entry, state, file, error } of await modelStatus()) {
    findings.push({
      name: `model ${entry.name}`.slice(0, 26),
      ok: state === 'ready',
      needed: false,
      found: state === 'ready' ? file : (error?.message ?? state),
      remedy: `npx codriver models pull ${entry.name}`,
    });
  }
  return findings;
}

async function native(name: string, remedy: string): Promise<Finding> {
  try {
    await import(name);
    return { name, ok: true, needed: true, found: 'loads', remedy };
  } catch (error) {
    return {
      name,
      ok: false,
      needed: true,
      found: String(error instanceof Error ? error.message : error).split('\n')[0] ?? '',
      remedy,
    };
  }
}

function tool(name: string, command: string, args: string[], remedy: string, needed: boolean): Finding {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  const found = result.status === 0 ? (result.stdout.split('\n')[0] ?? '') : 'not found';
  return { name, ok: result.status === 0, needed, found, remedy };
}

async function video(name: 'ffmpeg' | 'ffprobe'): Promise<Finding> {
  const program = await findProgram(name);
  return {
    name: `${name} (video logs)`,
    ok: program !== null && isNewEnough(program.version),
    needed: false,
    found: program === null ? 'not found' : `${program.version} (${program.command})`,
    remedy: `apt-get install ffmpeg (${OLDEST_FFMPEG} or later), or set FFMPEG_PATH and FFPROBE_PATH`,
  };
}

function chromium(): Finding {
  const path = chromiumPath();
  return {
    name: 'chromium (page tests)',
    ok: path !== undefined,
    needed: false,
    found: path ?? 'not found',
    remedy: 'apt-get install chromium',
  };
}

function ros(): Finding {
  const { ready, ros: which, problem } = rosStatus();
  const trouble = ready ? rosLoadError() : problem;
  return {
    name: 'ROS 2 (live node)',
    ok: trouble === null,
    needed: false,
    found: [which, trouble ?? 'addon and messages fit'].filter((part) => part !== null).join(': '),
    remedy: 'npm run ros:setup (only the live node needs it; replay and sim work without)',
  };
}
