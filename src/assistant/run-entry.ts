import type { JournalEntry, TimeNs } from '../domain/index.ts';
import { utcOffsetMin } from '../law/index.ts';
import type { LanguageModel } from '../llm/index.ts';

/** A loaded model with the name and checksum that the journal states. */
export interface NamedModel {
  readonly model: LanguageModel;
  readonly name: string;
  readonly sha256: string;
}

type RunEntry = Extract<JournalEntry, { type: 'run' }>;

/** What a journal begins with. */
export function runEntry(
  run: Pick<RunEntry, 'title' | 'mode' | 'loop'> & {
    readonly stampNs: TimeNs;
    /** null: reflex-only. */
    readonly model: NamedModel | null;
    readonly timeZone: string;
  },
): RunEntry {
  const { stampNs, title, mode, loop, model, timeZone } = run;
  return {
    type: 'run',
    stampNs,
    title,
    mode,
    loop,
    model: model === null ? null : { name: model.name, sha256: model.sha256 },
    utcOffsetMin: utcOffsetMin(stampNs, timeZone),
  };
}
