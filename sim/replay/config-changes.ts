import type { Config } from '../../src/domain/index.ts';

/** A setting that two builds do not share. */
export interface ConfigChange {
  /** `gate.minSpeechConfidence`; `model` is what really runs, by name, null for reflex-only. */
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** A build as far as its settings go. */
export interface BuildSettings {
  readonly config: Config;
  /** Name of the model that runs; null: reflex-only. */
  readonly model: string | null;
}

/** The settings that differ, in the order of the configuration, the model first. */
export function configChanges(a: BuildSettings, b: BuildSettings): ConfigChange[] {
  const changes: ConfigChange[] = a.model === b.model ? [] : [{ path: 'model', a: a.model, b: b.model }];
  collect('', a.config, b.config, changes);
  // What runs has been said already; the name that was asked for adds nothing.
  return changes.filter(({ path }) => path !== 'thought.model');
}

function collect(path: string, a: unknown, b: unknown, into: ConfigChange[]): void {
  if (isRecord(a) && isRecord(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      collect(path === '' ? key : `${path}.${key}`, a[key], b[key], into);
    }
    return;
  }
  if (JSON.stringify(a) !== JSON.stringify(b)) into.push({ path, a: a ?? null, b: b ?? null });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A setting's value for people. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.map(valueWords).join(', ') || 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
