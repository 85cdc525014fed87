import type { JournalEntry } from '../../domain/index.ts';
import { LEVELS, type Level, type PartStatus } from './diagnostics.ts';

type Health = Extract<JournalEntry, { type: 'health' }>;
type Component = Health['component'];

const LEVEL_OF: Readonly<Record<Health['state'], Level>> = { OK: 'OK', DEGRADED: 'WARN', LOST: 'ERROR' };

/** The last word on each part of codriver, from its journal. */
export class HealthBoard {
  readonly #last = new Map<Component, Health>();

  onEntry(entry: JournalEntry): void {
    if (entry.type === 'health') this.#last.set(entry.component, entry);
  }

  clear(): void {
    this.#last.clear();
  }

  knows(component: Component): boolean {
    return this.#last.has(component);
  }

  isLost(component: Component): boolean {
    return this.#last.get(component)?.state === 'LOST';
  }

  /** Parts that are worse than OK, for people. */
  faults(): string[] {
    return [...this.#last.values()]
      .filter(({ state }) => state !== 'OK')
      .map(({ component, code, text }) => `${component} ${code}: ${text}`);
  }

  /** How a part is that nothing else tells of. */
  statusOf(component: Component, part: PartStatus['part'], values: PartStatus['values']): PartStatus {
    const last = this.#last.get(component);
    if (last === undefined) return { part, level: 'STALE', message: 'not known yet', values };
    const level = LEVEL_OF[last.state];
    return { part, level, message: level === 'OK' ? 'OK' : `${last.code}: ${last.text}`, values };
  }

  /** A status, or what this component says of itself where that is worse. */
  worsen(component: Component, status: PartStatus): PartStatus {
    const last = this.#last.get(component);
    if (last === undefined || LEVELS[LEVEL_OF[last.state]] <= LEVELS[status.level]) return status;
    return { ...status, level: LEVEL_OF[last.state], message: `${last.code}: ${last.text}` };
  }
}
