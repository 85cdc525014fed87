import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { RosPaths } from './paths.ts';
import { type Inputs, Stamps } from './stamps.ts';
import { type Environment, failureOf, runTool, type ToolCall } from './tool.ts';

const STAMP = 'codriver-messages';

/** What rclnodejs generates, relative to its own folder: code, and types. */
const GENERATED = ['generated', path.join('types', 'interfaces.d.ts')];

/** True where the messages that rclnodejs loads were generated from these inputs. */
export function messagesInPlace(paths: RosPaths, inputs: Inputs): boolean {
  return isWhole(paths.rclnodejs, inputs);
}

/**
 * Generates rclnodejs's messages for every package of the environment, or brings them from the copy that was kept when
 * they were generated last: `npm ci` wipes them.
 * ROS_SETUP_FAILED with the end of the log.
 */
export async function generateMessages(paths: RosPaths, env: Environment, inputs: Inputs): Promise<void> {
  stampsIn(paths.rclnodejs).clear(STAMP);
  if (isWhole(paths.messages, inputs)) {
    copyGenerated(paths.messages, paths.rclnodejs);
    stampsIn(paths.rclnodejs).set(STAMP, inputs);
    return;
  }
  const call: ToolCall = {
    command: process.execPath,
    args: [path.join(paths.rclnodejs, 'scripts', 'generate_messages.cjs')],
    cwd: paths.rclnodejs,
    env,
    log: path.join(paths.log, 'messages.log'),
    failure: "rclnodejs's messages were not generated",
    remedy: () => 'Delete .ros and run npm run ros:setup again.',
  };
  await runTool(call);
  // The script ends with 0 whatever happens.
  if (!readFileSync(call.log, 'utf8').includes('Generation complete.')) throw failureOf(call, 'gave up');
  stampsIn(paths.rclnodejs).set(STAMP, inputs);
  copyGenerated(paths.rclnodejs, paths.messages);
  stampsIn(paths.messages).set(STAMP, inputs);
}

const stampsIn = (folder: string): Stamps => new Stamps(path.join(folder, 'generated'));

function isWhole(folder: string, inputs: Inputs): boolean {
  const products = [...GENERATED, path.join('generated', 'codriver_msgs')].map((name) =>
    path.join(folder, name),
  );
  return stampsIn(folder).isDone(STAMP, inputs, products);
}

/** Copies all but the stamp, which the caller sets last: half a copy has none. */
function copyGenerated(from: string, to: string): void {
  for (const name of GENERATED) {
    mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
    rmSync(path.join(to, name), { recursive: true, force: true });
    cpSync(path.join(from, name), path.join(to, name), {
      recursive: true,
      filter: (file) => path.basename(file) !== `${STAMP}.json`,
    });
  }
}
