import { type Config, jsonReplacer, NS_PER_S, nsToSeconds, type TimeNs } from '../domain/index.ts';
import { openRawLog } from '../io/log/open-raw-log.ts';
import type { RawLog } from '../io/log/raw-log.ts';
import { damageText } from './log-damage.ts';
import { type TopicSummary, topicsOf } from './log-topics.ts';
import { printError } from './terminal.ts';

/** Tells what is in each log. The exit code is 1 where one can't be read or is damaged. */
export async function printInfo(locations: readonly string[], json: boolean, config: Config): Promise<void> {
  const infos: object[] = [];
  let shown = 0;
  for (const location of locations) {
    try {
      const log = await openRawLog(location);
      try {
        const topics = topicsOf(log, config.topics);
        if (json) infos.push(asJson(log, topics));
        else process.stdout.write(`${shown > 0 ? '\n' : ''}${asText(log, topics)}`);
        shown += 1;
        if (log.damages.length > 0) process.exitCode = 1;
      } finally {
        await log.close();
      }
    } catch (error) {
      printError(error);
      process.exitCode = 1;
    }
  }
  if (!json || infos.length === 0) return;
  const value = locations.length === 1 ? infos[0] : infos;
  process.stdout.write(`${JSON.stringify(value, jsonReplacer, 2)}\n`);
}

function asJson(log: RawLog, topics: readonly TopicSummary[]): object {
  return {
    path: log.path,
    format: log.format,
    sizeBytes: log.sizeBytes,
    startNs: log.startNs,
    endNs: log.endNs,
    start: isoUtc(log.startNs),
    end: isoUtc(log.endNs),
    durationS: nsToSeconds(log.endNs - log.startNs),
    messages: totalOf(topics),
    facts: Object.fromEntries(log.facts),
    topics,
    damages: log.damages,
  };
}

function asText(log: RawLog, topics: readonly TopicSummary[]): string {
  const messages = totalOf(topics);
  const rows: [string, string][] = [
    ['format', log.format],
    ['size', sizeText(log.sizeBytes)],
    ...log.facts.map(([label, value]): [string, string] => [label, value]),
  ];
  if (log.startNs !== 0n || log.endNs !== 0n) {
    rows.push(['start', timeText(log.startNs)], ['end', timeText(log.endNs)]);
    rows.push(['duration', `${nsToSeconds(log.endNs - log.startNs).toFixed(3)} s`]);
  }
  rows.push(['messages', messages === null ? 'not counted' : String(messages)]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const head = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}\n`).join('');
  const damages = log.damages.map((damage) => `  damaged  ${damageText(damage)}\n`).join('');
  return `${log.path}\n${head}${topicTable(topics)}${damages}`;
}

function topicTable(topics: readonly TopicSummary[]): string {
  if (topics.length === 0) return '  no topics\n';
  const header = ['topic', 'type', 'encoding', 'count', 'Hz', 'role'];
  const rows = topics.map((topic) => [
    topic.name,
    topic.type || '(none)',
    topic.encoding,
    topic.count === null ? '?' : String(topic.count),
    topic.rateHz === null ? '' : topic.rateHz.toFixed(topic.rateHz < 10 ? 2 : 1),
    topic.role ?? `– ${topic.why ?? ''}`,
  ]);
  const widths = header.map((label, column) =>
    Math.max(label.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells
      // Numbers stand right; what is last needs no padding.
      .map((cell, column) => {
        if (column === cells.length - 1) return cell;
        return column === 3 || column === 4 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
      })
      .join('  ')}\n`;
  return [header, ...rows].map(line).join('');
}

function totalOf(topics: readonly TopicSummary[]): number | null {
  let total = 0;
  for (const { count } of topics) {
    if (count === null) return null;
    total += count;
  }
  return total;
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toPrecision(3)} ${units[power - 1]} (${bytes} bytes)`;
}

/** Local time with its offset, and UTC to the nanosecond. */
function timeText(ns: TimeNs): string {
  const date = new Date(Number(ns / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${ns} ns`;
  const offsetMin = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offsetMin * 60_000).toISOString().slice(0, 23).replace('T', ' ');
  const sign = offsetMin < 0 ? '-' : '+';
  const [hours, minutes] = [Math.floor(Math.abs(offsetMin) / 60), Math.abs(offsetMin) % 60];
  return `${local} ${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')} (${isoUtc(ns)})`;
}

/** Null where it lies outside what a date can say. */
function isoUtc(ns: TimeNs): string | null {
  const date = new Date(Number(ns / NS_PER_S) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return `${date.toISOString().slice(0, 19)}.${String(ns % NS_PER_S).padStart(9, '0')}Z`;
}
