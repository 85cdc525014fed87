import { realpathSync } from 'node:fs';
import { CodriverError, type Config, type TimeNs } from '../../src/domain/index.ts';
import { type LogMessage, type LogReader, openLog } from '../../src/io/log/drive-log.ts';

/** The first and the last moment of something, both included. */
export interface Span {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
}

/** A message with the builds that read its topic. */
export interface PassMessage {
  readonly message: LogMessage;
  /** Their indices, in order. */
  readonly readers: readonly number[];
}

/** Logs, opened for one pass. */
export interface Pass extends Span {
  /** How many topics any build reads. */
  readonly readTopics: number;
  /** The messages of the span by time; equal times in the order of the logs. */
  messages(span: Span): AsyncIterable<PassMessage>;
  close(): Promise<void>;
}

/** How a pass goes; `readers` are the builds concerned. */
export interface PassOptions {
  readonly signal?: AbortSignal;
  readonly onDamage: (error: CodriverError) => void;
  readonly onBadMessage: (error: CodriverError, readers: readonly number[]) => void;
}

interface Source {
  readonly reader: LogReader;
  readonly readers: readonly number[];
}

/**
 * Opens logs for builds, given each build's roles of topics. Builds with the same roles share one reading.
 *
 * @throws CodriverError BAD_ARGUMENT for a log named twice; whatever opening a log throws
 */
export async function openPass(
  logs: readonly string[],
  topics: readonly Config['topics'][],
  options: PassOptions,
): Promise<Pass> {
  refuseTwins(logs);
  const groups = new Map<string, number[]>();
  for (const [index, roles] of topics.entries()) {
    const key = JSON.stringify(Object.entries(roles).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  const sources: Source[] = [];
  const close = async (): Promise<void> => {
    for (const { reader } of sources) await reader.close();
  };
  try {
    for (const [group, readers] of [...groups.values()].entries()) {
      const reader = await openLog(logs, {
        topicRoles: topics[readers[0] ?? 0] ?? {},
        // The files are the same for every group, and so is what is wrong with them.
        onDamage: group === 0 ? options.onDamage : () => {},
        onBadMessage: (error) => options.onBadMessage(error, readers),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      sources.push({ reader, readers });
    }
  } catch (error) {
    await close();
    throw error;
  }
  // Whatever the roles, the files are the same, and so are their times.
  const { startNs, endNs } = sources[0]!.reader;
  return {
    startNs,
    endNs,
    readTopics: Math.max(
      ...sources.map(({ reader }) => reader.topics.filter(({ role }) => role !== null).length),
    ),
    messages: (span) => mergeSources(sources, span),
    close,
  };
}

/** A log that is read twice would give every message twice, at the same time. */
function refuseTwins(logs: readonly string[]): void {
  const known = new Map<string, string>();
  for (const log of logs) {
    const real = realPath(log);
    const twin = known.get(real);
    if (twin !== undefined) {
      const names = twin === log ? `${log} is named twice` : `${twin} and ${log} are the same log`;
      throw new CodriverError('BAD_ARGUMENT', `${names}.`, { remedy: 'Name every log once.' });
    }
    known.set(real, log);
  }
}

function realPath(log: string): string {
  try {
    return realpathSync(log);
  } catch {
    // Not there, or on a server: opening it tells.
    return log;
  }
}

async function* mergeSources(sources: readonly Source[], span: Span): AsyncGenerator<PassMessage> {
  const heads: {
    readonly readers: readonly number[];
    iterator: AsyncIterator<LogMessage>;
    next: LogMessage;
  }[] = [];
  try {
    for (const { reader, readers } of sources) {
      const filter = { fromNs: span.startNs, toNs: span.endNs };
      const iterator = reader.messages(filter)[Symbol.asyncIterator]();
      const first = await iterator.next();
      if (!first.done) heads.push({ readers, iterator, next: first.value });
    }
    while (heads.length > 0) {
      const head = heads.reduce((best, other) => (other.next.logTimeNs < best.next.logTimeNs ? other : best));
      yield { message: head.next, readers: head.readers };
      const following = await head.iterator.next();
      if (following.done) heads.splice(heads.indexOf(head), 1);
      else head.next = following.value;
    }
  } finally {
    for (const { iterator } of heads) await iterator.return?.();
  }
}
