import { readFileSync } from 'node:fs';

/**
 * What a measured child prints, a JSON object a line, so that one that gets killed has told what it did until then:
 * `loaded` once; then for each answer `prompt` (the prompt's passes, up to the first token), and `token` for each
 * further token.
 */
export interface PeerLine {
  readonly event: 'loaded' | 'prompt' | 'token';
  readonly ms: number;
  /** Since the process began. */
  readonly majorFaults: number;
  /** Bytes this process has had fetched from storage so far. */
  readonly readBytes: number;
}

/** Prints one {@link PeerLine}. */
export function say(event: PeerLine['event'], ms: number): void {
  const readBytes = Number(/^read_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  const majorFaults = process.resourceUsage().majorPageFault;
  process.stdout.write(`${JSON.stringify({ event, ms, majorFaults, readBytes } satisfies PeerLine)}\n`);
}
