import type { Command } from 'commander';
import { CodriverError } from '../domain/index.ts';
import { readConfig } from './config-file.ts';
import { type CopyFlags, copyToOutput } from './log-copy.ts';
import { printInfo } from './log-info.ts';

const FORMATS =
  'Logs are MCAP, rosbag2 (a folder, .db3), rosbag1 (.bag) and video files, told by their bytes; MCAP and .bag\nalso at an http(s) address. An output that ends in .mcap is one file; any other is a rosbag2 folder.';

/** `codriver log`. */
export function addLog(program: Command): void {
  const log = program
    .command('log')
    .description('Shows, converts, cuts and merges drive logs of any format.')
    .addHelpText(
      'after',
      `
${FORMATS}

Examples:
  codriver log info drive.mcap                       what is in it, and what codriver takes each topic for
  codriver log convert old_drive.bag drive.mcap      any format to MCAP
  codriver log cut drive.mcap bend.mcap --from 1:30 --to 1:50
  codriver log merge front.mcap rear.db3 all.mcap`,
    );
  addInfo(log);
  addConvert(log);
  addCut(log);
  addMerge(log);
}

function addInfo(log: Command): void {
  log
    .command('info')
    .description(
      'Format, time span, topics with types, counts, rates and roles, and damages. Exit code 1 where a log is damaged.',
    )
    .argument('<location...>', 'files, rosbag2 folders or http(s) addresses')
    .option('--json', 'as JSON; stamps in nanoseconds as strings')
    .option('--config <file>', 'configuration, topic roles among it; default: config/codriver.yaml')
    .addHelpText(
      'after',
      '\nExamples:\n  codriver log info drive.mcap\n  codriver log info rosbag2_2026_05_01/ old.bag\n  codriver log info drive.mcap --json',
    )
    .action(async (locations: string[], flags: { json?: boolean; config?: string }) => {
      await printInfo(locations, flags.json === true, readConfig(flags.config));
    });
}

function addConvert(log: Command): void {
  copying(log.command('convert'), 'the log or logs, and what to write last')
    .description('Writes logs of any format as MCAP, the messages unchanged.')
    .option(
      '--from <time>',
      'only from here: seconds from the start, [HH:]MM:SS, or ISO 8601 with its offset',
    )
    .option('--to <time>', 'only up to here')
    .addHelpText(
      'after',
      `
${FORMATS}

Examples:
  codriver log convert drive.bag drive.mcap
  codriver log convert rosbag2_drive/ drive/ --compression lz4 --split-size 2GB
  codriver log convert http://logs.local/drive.mcap drive.mcap --topics '/camera/*,/vehicle/state'`,
    )
    .action((paths: string[], flags: CopyFlags) => copyToOutput(paths, flags, false));
}

function addCut(log: Command): void {
  copying(log.command('cut'), 'the log or logs, and what to write last')
    .description(
      'Cuts a stretch out. Latched topics keep their last message from before it, and video begins at a key picture.',
    )
    .requiredOption('--from <time>', 'seconds from the start, [HH:]MM:SS, or ISO 8601 with its offset')
    .requiredOption('--to <time>', 'as --from; also counted from the start')
    .addHelpText(
      'after',
      `
Examples:
  codriver log cut drive.mcap bend.mcap --from 90 --to 110.5
  codriver log cut drive.bag bend.mcap --from 1:30 --to 1:50 --topics /camera/front
  codriver log cut drive.mcap noon.mcap --from 2026-05-01T12:00:00+09:00 --to 2026-05-01T12:01:00+09:00`,
    )
    .action((paths: string[], flags: CopyFlags) => copyToOutput(paths, flags, true));
}

function addMerge(log: Command): void {
  copying(log.command('merge'), 'two logs or more, and what to write last')
    .description('Joins logs by time. A topic that has another type in a later log gets _2 behind its name.')
    .option('--prefix <list>', 'put before the topics of each log, with commas between; one may be empty')
    .option(
      '--from <time>',
      'only from here: seconds from the earliest start, [HH:]MM:SS, or ISO 8601 with its offset',
    )
    .option('--to <time>', 'only up to here')
    .addHelpText(
      'after',
      `
Examples:
  codriver log merge front.mcap rear.mcap all.mcap
  codriver log merge ours.mcap theirs.bag both/ --prefix ,theirs`,
    )
    .action((paths: string[], flags: CopyFlags) => {
      if (paths.length < 3) {
        throw new CodriverError('BAD_ARGUMENT', 'To merge, two logs and an output are needed.', {
          remedy: 'Name the logs first and what to write last; for one log there is `codriver log convert`.',
        });
      }
      return copyToOutput(paths, flags, false);
    });
}

/** What all three have in common. */
function copying(command: Command, paths: string): Command {
  return command
    .argument('<path...>', paths)
    .option('--topics <list>', 'only these, with commas between; * stands for any characters')
    .option('--compression <zstd|lz4|none>', 'of the chunks', 'zstd')
    .option('--split-size <size>', "begin the folder's next file at 500MB, 2GiB …")
    .option('--split-duration <time>', "begin the folder's next file after 600, 10m, 1h …")
    .option('--force', 'replace the output where it exists')
    .option('--quiet', 'no progress');
}
