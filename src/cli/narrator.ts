import { type JournalEntry, nsToSeconds } from '../domain/index.ts';

/** Tells a person what happens as it happens, a line each. */
export class Narrator {
  readonly #out: NodeJS.WritableStream | null;
  #startNs: bigint | null = null;

  /** `out` null: keeps quiet. */
  constructor(out: NodeJS.WritableStream | null) {
    this.#out = out;
  }

  readonly tell = (entry: JournalEntry): void => {
    this.#startNs ??= entry.stampNs;
    if (this.#out === null) return;
    const text = words(entry);
    if (text === null) return;
    // A progress line may stand on the terminal; it is drawn again after this.
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    this.#out.write(
      `${nsToSeconds(entry.stampNs - this.#startNs)
        .toFixed(2)
        .padStart(7)} s  ${text}\n`,
    );
  };
}

function words(entry: JournalEntry): string | null {
  switch (entry.type) {
    case 'run':
      return `${entry.title} · ${entry.loop === 'OPEN' ? 'open loop' : 'closed loop'} · ${entry.model?.name ?? 'REFLEX-ONLY'}`;
    case 'utterance':
      return `🗣  ${entry.utterance.seat}: ${entry.utterance.text}`;
    case 'sign': {
      const plates = entry.sign.supplementary.map((plate) => plate.text ?? '(unread)').join(' + ');
      return `🪧  ${entry.sign.type}${entry.sign.value === undefined ? '' : ` ${entry.sign.value}`}${plates ? ` [${plates}]` : ''} → ${entry.applies} ${entry.why.join(' ')}`;
    }
    case 'reply':
      return entry.stage === 'HEARD' || entry.stage === 'THINKING' ? null : `💬  ${entry.text}`;
    case 'proposal':
      return `   ${entry.source} proposes ${JSON.stringify(entry.proposal)} (${Math.round(entry.latencyMs)} ms)`;
    case 'verdict':
      return `⚖️   ${entry.verdict.outcome} ${entry.verdict.reasons.map((reason) => reason.code).join(' ')}`;
    case 'intent':
      return `📡  ${entry.intent.id} ${entry.intent.maneuver.kind} ${entry.delivery}`;
    case 'status':
      return `🚗  ${entry.status.intentId} ${entry.status.phase} (${entry.status.reason})`;
    case 'planner':
      return `🚗  ${entry.planner.motion} (${entry.planner.behavior})`;
    case 'health':
      return `${entry.state === 'OK' ? '✔' : '⚠'}  ${entry.component} ${entry.state}: ${entry.code} ${entry.text}`;
    default:
      return null;
  }
}
