/** One line a step on stderr: what is done, and how many seconds it took. */
export class Progress {
  readonly #write: (text: string) => void;
  #startedMs = 0;
  #open = false;

  /** `write` takes text without adding a line feed. Default: stderr. */
  constructor(write: (text: string) => void = (text) => void process.stderr.write(text)) {
    this.#write = write;
  }

  /** Begins the line of a step. */
  start(title: string): void {
    this.#startedMs = performance.now();
    this.#open = true;
    this.#write(`${title} … `);
  }

  /** Ends the line that {@link start} began. */
  end(): void {
    this.#open = false;
    this.#write(`${((performance.now() - this.#startedMs) / 1000).toFixed(1)} s\n`);
  }

  /** Ends a line whose step has failed, so that the error stands on its own. Harmless otherwise. */
  abandon(): void {
    if (this.#open) this.#write('failed\n');
    this.#open = false;
  }

  /** A line of its own. */
  say(text: string): void {
    this.#write(`${text}\n`);
  }
}
