import { CodriverError } from '../domain/index.ts';
import { COMPRESSIONS, type Compression } from '../io/log/chunk-compression.ts';
import { type CopyOptions, type CopyResult, copyLogs } from '../io/log/copy-logs.ts';
import type { McapRecordingOptions } from '../io/log/mcap-recording.ts';
import { openRawLog } from '../io/log/open-raw-log.ts';
import type { RawLog } from '../io/log/raw-log.ts';
import { RawWriter } from '../io/log/raw-writer.ts';
import { printDamages } from './log-damage.ts';
import { prepareOutput } from './log-output.ts';
import { parseDuration, parseSize } from './log-sizes.ts';
import { rangeOf, spanOf } from './replay-range.ts';
import { interruptSignal, ProgressLine } from './terminal.ts';

/** Options of `log convert`, `cut` and `merge`. */
export interface CopyFlags {
  readonly topics?: string;
  readonly from?: string;
  readonly to?: string;
  readonly compression: string;
  readonly splitSize?: string;
  readonly splitDuration?: string;
  readonly prefix?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/**
 * Copies logs to one MCAP or rosbag2 folder, with progress; the last path is the output. Sets the exit code
 * to 1 where an input is damaged, and 130 where it was interrupted.
 *
 * @param withContext as in {@link CopyOptions}
 */
export async function copyToOutput(
  paths: readonly string[],
  flags: CopyFlags,
  withContext: boolean,
): Promise<void> {
  const inputs = paths.slice(0, -1);
  const out = paths.at(-1)!;
  if (inputs.length === 0) {
    throw new CodriverError('BAD_ARGUMENT', `Only ${out} is named, and a log and an output are needed.`, {
      remedy: 'Name the log first and what to write last.',
    });
  }
  const recording = recordingOptions(flags);
  const prefixes = prefixesOf(flags.prefix, inputs);
  const range = rangeOf(flags);
  const output = await prepareOutput(inputs, out, flags.force === true);
  const { signal, dispose } = interruptSignal();
  const line = flags.quiet === true ? null : new ProgressLine('copying');
  const logs: RawLog[] = [];
  try {
    for (const input of inputs) logs.push(await openRawLog(input, { signal }));
    const isWhole = flags.from === undefined && flags.to === undefined;
    const { startNs, endNs } = range(spanOf(logs));
    const options: CopyOptions = {
      ...(isWhole ? {} : { fromNs: startNs, toNs: endNs }),
      withContext,
      prefixes,
      signal,
      ...(flags.topics === undefined ? {} : { topics: flags.topics.split(',').map((topic) => topic.trim()) }),
      onProgress: (fraction, messages) => line?.update(fraction, `${messages} messages`),
    };
    const writer = await RawWriter.create(output.partialPath, {
      ...recording,
      name: output.name,
      profile: profileOf(logs),
    });
    const result = await copyWhole(logs, writer, options, output);
    line?.done();
    report(result, writer, result.aborted ? output.partialPath : out);
  } finally {
    line?.done();
    dispose();
    for (const log of logs) await log.close();
  }
}

async function copyWhole(
  logs: readonly RawLog[],
  writer: RawWriter,
  options: CopyOptions,
  output: Awaited<ReturnType<typeof prepareOutput>>,
): Promise<CopyResult> {
  try {
    const result = await copyLogs(logs, writer, options);
    await writer.close();
    if (!result.aborted) await output.finish();
    return result;
  } catch (error) {
    await writer.close().catch(() => {});
    if (!writer.hasStored) await output.discard();
    throw error;
  }
}

function report(result: CopyResult, writer: RawWriter, written: string): void {
  const { messages, dataBytes, contextMessages, damages, renamed, aborted } = result;
  const lines = [`${messages} messages, ${(dataBytes / 1e6).toFixed(1)} MB of them, are in ${written}`];
  if (contextMessages > 0)
    lines.push(`${contextMessages} of them are from before the start: latched topics and video`);
  for (const [from, to] of renamed) lines.push(`${from} is ${to}: the name was taken by another type`);
  if (writer.filledTypes.size > 0)
    lines.push(`definitions were added for ${[...writer.filledTypes].sort().join(', ')}`);
  if (writer.unexplainedTypes.size > 0)
    lines.push(`no definition is known for ${[...writer.unexplainedTypes].sort().join(', ')}`);
  process.stderr.write(`${lines.join('\n')}\n`);
  printDamages(damages);
  if (damages.length > 0) process.exitCode = 1;
  if (aborted) process.exitCode = 130;
}

function recordingOptions(flags: CopyFlags): McapRecordingOptions {
  const compression = flags.compression as Compression;
  if (!COMPRESSIONS.includes(compression)) {
    throw new CodriverError('BAD_ARGUMENT', `--compression ${flags.compression} is not known.`, {
      remedy: `Give one of ${COMPRESSIONS.join(', ')}.`,
    });
  }
  return {
    compression,
    ...(flags.splitSize === undefined ? {} : { splitBytes: parseSize(flags.splitSize, '--split-size') }),
    ...(flags.splitDuration === undefined
      ? {}
      : { splitNs: parseDuration(flags.splitDuration, '--split-duration') }),
  };
}

function prefixesOf(text: string | undefined, inputs: readonly string[]): string[] {
  if (text === undefined) return [];
  const prefixes = text.split(',').map((prefix) => prefix.trim().replace(/\/$/, ''));
  if (prefixes.length === inputs.length)
    return prefixes.map((p) => (p === '' || p.startsWith('/') ? p : `/${p}`));
  throw new CodriverError(
    'BAD_ARGUMENT',
    `--prefix ${text} names ${prefixes.length}, and there are ${inputs.length} inputs.`,
    {
      remedy: 'Give one for each input, in their order, with commas between; one may be empty.',
    },
  );
}

/** MCAP's profile where all messages have one ROS's encoding. */
function profileOf(logs: readonly RawLog[]): string {
  const encodings = new Set(logs.flatMap((log) => log.channels.map((channel) => channel.messageEncoding)));
  if (encodings.size !== 1) return '';
  const [encoding] = encodings;
  return encoding === 'cdr' ? 'ros2' : encoding === 'ros1' ? 'ros1' : '';
}
