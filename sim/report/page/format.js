import { run, signById } from './data.js';
import { report } from './state.js';
import { text } from './strings.js';

/** Seconds of the run as `1:02.3`, from an hour on as `1:01:02.3`. */
export function clockText(seconds) {
  const tenths = Math.round(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

/** The local time of day at `t` seconds, where the run is stamped since 1970; else null. */
export function localTimeText(t) {
  const startMs = Number(BigInt(run.run.startNs) / 1_000_000n);
  if (startMs < Date.UTC(2000)) return null;
  const iso = new Date(startMs + t * 1000 + run.run.utcOffsetMin * 60_000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/** How much later than `fromT` something was. */
export function offsetText(t, fromT) {
  return `+${Math.max(0, t - fromT).toFixed(2)} s`;
}

/** Milliseconds with three significant digits. */
export function msText(ms) {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${Number(ms.toPrecision(3))} ms`;
}

/** Bytes with three significant digits, in powers of 1000. */
export function bytesText(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

/** A share between 0 and 1 in per cent. */
export function percentText(share) {
  return `${Math.round(share * 100)} %`;
}

function valueText(key, value) {
  if (key === 'speedMps') return value === null ? 'restore' : `${Math.round(value * 3.6)} km/h`;
  if (key.endsWith('M') && typeof value === 'number') return `${Math.round(value)} m`;
  if (key.endsWith('S') && typeof value === 'number') return `${value} s`;
  if (Array.isArray(value)) return value.length === 0 ? 'ALL' : value.join(', ');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([inner, innerValue]) => valueText(inner, innerValue))
      .join(' ');
  }
  return String(value);
}

/** A maneuver on one line: its kind and its parameters in the units of a dashboard. */
export function maneuverText({ kind, ...parameters }) {
  return [kind, ...Object.entries(parameters).map(([key, value]) => valueText(key, value))].join(' ');
}

/** A trigger on one line; empty where it is now. */
export function triggerText({ type, ...parameters }) {
  if (type === 'NOW') return '';
  return [type, ...Object.entries(parameters).map(([key, value]) => valueText(key, value))].join(' ');
}

/** How a moment ended: the outcome of its last verdict. */
export function momentOutcome(moment) {
  return moment.verdicts.at(-1)?.outcome ?? null;
}

/** What a moment is called: the words said, or what it came from. */
export function momentTitle(moment) {
  if (moment.utterance !== null) return moment.utterance.text;
  const sign = signById.get(moment.id);
  return sign === undefined ? text('fromSystem') : `${text('fromSign')}: ${signTitle(sign)}`;
}

/** What a sign is called, its figure included. */
export function signTitle(sign) {
  return sign.name[report.language];
}

/** Nearest-rank percentile of sorted numbers, `share` between 0 and 1. */
export function percentile(sorted, share) {
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)];
}

/** How often a folded row happened, as `×8 until 0:31.0`; empty where it stands for itself. */
export function foldText({ count, lastT }) {
  return count === undefined ? '' : `×${count} · ${text('until')} ${clockText(lastT)}`;
}
