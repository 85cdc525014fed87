import { printError } from '../../src/cli/terminal.ts';
import { CodriverError } from '../../src/domain/errors.ts';
import { checkout } from './paths.ts';
import { setUpRos } from './setup.ts';
import { interruptTools } from './tool.ts';

const HELP = `Usage: npm run ros:setup

Sets up ROS 2 for the live node: uses the ROS 2 that is sourced or lies in /opt/ros, else installs pinned wheels of it
into .ros; builds ros/codriver_msgs and the addon of rclnodejs; writes .ros/env.sh and .ros/python. What is done is
skipped. Logs: .ros/log.

Environment:
  PYTHON     the Python that the wheels are installed for (3.10 to 3.13)
`;

process.on('SIGINT', interruptTools);
process.on('SIGTERM', interruptTools);
process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 done, 1 an error was printed, 2 wrong usage, 130 interrupted. */
async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const asked = args.every((argument) => argument === '--help' || argument === '-h');
    process[asked ? 'stdout' : 'stderr'].write(HELP);
    return asked ? 0 : 2;
  }
  try {
    await setUpRos({ root: checkout, env: process.env });
    return 0;
  } catch (error) {
    printError(error);
    return CodriverError.from(error).code === 'ABORTED' ? 130 : 1;
  }
}
