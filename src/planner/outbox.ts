import type { Intent, TimeNs } from '../domain/index.ts';

/** Intents that could not be delivered, oldest first, until they expire. */
export class Outbox {
  #held: Intent[] = [];

  holds(intentId: string): boolean {
    return this.#held.some((intent) => intent.id === intentId);
  }

  /** Keeps an intent in the order of its sequence; the same id is kept once. */
  hold(intent: Intent): void {
    if (this.holds(intent.id)) return;
    this.#held.push(intent);
    this.#held.sort((a, b) => a.sequence - b.sequence);
  }

  /** Removes and returns those no longer valid. */
  takeExpired(nowNs: TimeNs): Intent[] {
    return this.#take((intent) => nowNs > intent.validUntilNs);
  }

  /** Removes and returns all. */
  takeAll(): Intent[] {
    return this.#take(() => true);
  }

  /** Removes and returns those of these ids. */
  takeIds(ids: readonly string[]): Intent[] {
    return this.#take((intent) => ids.includes(intent.id));
  }

  /**
   * Removes and returns what a newer intent makes void: an order to stop here voids everything
   * older, a cancel what it names or all.
   */
  takeVoidedBy(newer: Intent): Intent[] {
    const { maneuver } = newer;
    const older = (intent: Intent) => intent.sequence < newer.sequence;
    if (maneuver.kind === 'STOP' && maneuver.place === undefined) return this.#take(older);
    if (maneuver.kind !== 'CANCEL') return [];
    const named = new Set(maneuver.intentIds);
    return this.#take((intent) => older(intent) && (named.size === 0 || named.has(intent.id)));
  }

  #take(matches: (intent: Intent) => boolean): Intent[] {
    const taken = this.#held.filter(matches);
    this.#held = this.#held.filter((intent) => !taken.includes(intent));
    return taken;
  }
}
