import type { JournalEntry } from '../domain/index.ts';

type WithoutStamp<E> = E extends JournalEntry ? Omit<E, 'stampNs'> : never;

/** A journal entry before the clock has stamped it. */
export type UnstampedEntry = WithoutStamp<JournalEntry>;

/** Takes what happens, in order. */
export type JournalSink = (entry: JournalEntry) => void;
