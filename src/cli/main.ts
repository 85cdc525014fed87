import { Command, CommanderError } from 'commander';
import { addDoctor } from './doctor-command.ts';
import { addLog } from './log-command.ts';
import { addModels } from './models-command.ts';
import { addRecord } from './record-command.ts';
import { addReplay } from './replay-command.ts';
import { addRun } from './run-command.ts';
import { addSay } from './say-command.ts';
import { addSim } from './sim-command.ts';
import { printError } from './terminal.ts';

/** Runs the command line. Returns the exit code: 0 done, 1 an error was printed, 2 wrong usage. */
export async function main(args: string[]): Promise<number> {
  if (!process.stdout.listeners('error').includes(endQuietly)) process.stdout.on('error', endQuietly);
  // What stands from there on is ROS 2's; rcl reads it, up to a `--` if there is one.
  const rosAt = args.indexOf('--ros-args');
  const ours = rosAt < 0 ? args : args.slice(0, rosAt);
  const rosArgs = rosAt < 0 ? [] : args.slice(rosAt);
  const program = new Command('codriver')
    .description(
      'Voice and eyes for a self-driving car: hears the passenger, reads signs and plates, tells the planner.',
    )
    .version('0.1.0')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  codriver sim street                         drive the demo street, record it, write the report
  codriver say "次の信号を左に曲がって" --json     one utterance through model and gate
  codriver replay drive.mcap --report out.html a recorded drive through today's build
  codriver run --ros                          in the car, as a node of the ROS 2 graph
  codriver log info drive.mcap                what is in a log, and what codriver takes each topic for
  codriver doctor                             what this machine has and lacks`,
    );
  addSim(program);
  addSay(program);
  addReplay(program, rosArgs);
  addRun(program, rosArgs);
  addRecord(program, rosArgs);
  addLog(program);
  addModels(program);
  addDoctor(program);
  try {
    await program.parseAsync(ours, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    printError(error);
    return 1;
  }
}

/** A reader that has seen enough (`| head`) is no error; what it did not read is dropped. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
