/**
 * What a measured child prints, a JSON object a line, so that one that gets killed has told what it did until then:
 * `loaded` once; then for each answer `prompt` (the prompt's passes, up to the first token), and `token` for each
 * further token; codriver's child ends with `streamed`.
 */
export type PeerLine = TimedLine | StreamedLine;

export interface TimedLine {
  readonly event: 'loaded' | 'prompt' | 'token';
  readonly ms: number;
  /** Since the process began. */
  readonly majorFaults: number;
}

export interface StreamedLine {
  readonly event: 'streamed';
  /** Bytes of the segments that are read in every pass; 0 where all stay. */
  readonly bytesPerPass: number;
  /** Bytes of all segments. */
  readonly weightBytes: number;
  readonly readBytes: number;
  readonly readMs: number;
  readonly waitedMs: number;
}

/** Prints a {@link TimedLine}. */
export function say(event: TimedLine['event'], ms: number): void {
  print({ event, ms, majorFaults: process.resourceUsage().majorPageFault });
}

/** Prints a line. */
export function print(line: PeerLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** What every measured child is asked for: so many answers, to prompts of so many tokens, of so many tokens each. */
export const WORK_OPTIONS = {
  answers: { type: 'string', default: '1' },
  prompt: { type: 'string', default: '8' },
  tokens: { type: 'string', default: '8' },
} as const;
