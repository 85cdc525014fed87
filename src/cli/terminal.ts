import { CodriverError } from '../domain/index.ts';

/** Prints an error as code, sentence, remedy. */
export function printError(error: unknown): void {
  const wrapped = CodriverError.from(error);
  process.stderr.write(`${wrapped.toUserText()}\n`);
  if (wrapped.code === 'INTERNAL' && wrapped.cause instanceof Error)
    process.stderr.write(`${wrapped.cause.stack}\n`);
}

/** A progress line on stderr: redrawn in place on a terminal, every tenth of the way elsewhere. */
export class ProgressLine {
  readonly #label: string;
  #lastTenth = -1;

  constructor(label: string) {
    this.#label = label;
  }

  /** `fraction` 0–1; `note` is shown behind it. */
  update(fraction: number, note = ''): void {
    const percent = Math.min(100, Math.floor(fraction * 100));
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[K${this.#label} ${percent} % ${note}`);
      return;
    }
    const tenth = Math.floor(percent / 10);
    if (tenth === this.#lastTenth) return;
    this.#lastTenth = tenth;
    process.stderr.write(`${this.#label} ${percent} % ${note}\n`);
  }

  /** Clears the line, or ends it where it can't be cleared. */
  done(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

interface InterruptOptions {
  /** Printed on the first signal. */
  readonly notice?: string;
  /** Signals that come this soon after the first are taken for the same one. */
  readonly sameWithinMs?: number;
}

const STOPPING = '\nStopping; what was recorded is kept. Once more to end at once.\n';

/** Aborts on the first Ctrl-C or SIGTERM, so that files are closed properly; the second ends the process. */
export function interruptSignal({ notice = STOPPING, sameWithinMs = 0 }: InterruptOptions = {}): {
  signal: AbortSignal;
  dispose: () => void;
} {
  const controller = new AbortController();
  let firstMs = Number.POSITIVE_INFINITY;
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstMs >= sameWithinMs) process.exit(130);
      return;
    }
    firstMs = performance.now();
    process.stderr.write(notice);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const dispose = (): void => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  return { signal: controller.signal, dispose };
}
