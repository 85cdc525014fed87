import { CodriverError, NS_PER_S, nsToSeconds, type TimeNs } from '../../domain/index.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';

/** What became of an input's messages so far. */
export interface InputCounts {
  /** Came in. */
  readonly received: number;
  /** Were pushed out by newer ones before anybody looked at them. */
  readonly dropped: number;
  /** Were lost on the way, as the middleware tells. */
  readonly lost: number;
  /** Could not be used. */
  readonly bad: number;
}

interface InputChannelOptions {
  /** Resolved topic. */
  readonly topic: string;
  /** Messages that wait at most. */
  readonly depth: () => number;
  readonly nowNs: () => TimeNs;
  /** null: the message says nothing. Throws for a broken one. */
  readonly decode: (cdr: Uint8Array, atNs: TimeNs) => DomainMessage | null;
  readonly take: (message: DomainMessage) => Promise<void>;
  /** Told of every message that could not be used. */
  readonly onBad: (error: CodriverError) => void;
}

interface Waiting {
  readonly cdr: Uint8Array;
  readonly atNs: TimeNs;
  /** Of a clock that only this process has. */
  readonly atMs: number;
}

/** Messages that the latency is over. */
const REMEMBERED = 1024;

/**
 * One input of the node: a bounded queue in which the newest wins, worked off one after another, so that a flood on one
 * topic neither fills memory nor holds up the others.
 */
export class InputChannel {
  readonly #options: InputChannelOptions;
  readonly #waiting: Waiting[] = [];
  readonly #counts = { received: 0, dropped: 0, lost: 0, bad: 0 };
  #working = false;
  #closed = false;
  #lastNs: TimeNs | undefined;
  #lastBad: CodriverError | undefined;
  /** Messages of the last second, for the rate. */
  #second = { fromNs: 0n, received: 0 };
  #rateHz = 0;
  /** Milliseconds from callback to dealt with, of the last messages. */
  readonly #tookMs: number[] = [];

  constructor(options: InputChannelOptions) {
    this.#options = options;
  }

  get topic(): string {
    return this.#options.topic;
  }

  get counts(): InputCounts {
    return { ...this.#counts };
  }

  /** When a message came last. */
  get lastNs(): TimeNs | undefined {
    return this.#lastNs;
  }

  /** What was wrong with the last message that could not be used, until a good one came. */
  get lastBad(): CodriverError | undefined {
    return this.#lastBad;
  }

  /** Messages a second, over the last whole second in which any came. */
  get rateHz(): number {
    return this.#rateHz;
  }

  /** 99 of 100 of the last thousand messages were dealt with so soon after their callback, ms; NaN before the first. */
  get p99Ms(): number {
    const sorted = [...this.#tookMs].sort((a, b) => a - b);
    return sorted[Math.floor(0.99 * sorted.length)] ?? Number.NaN;
  }

  /** Takes one message. */
  push(cdr: Uint8Array): void {
    if (this.#closed) return;
    const atNs = this.#options.nowNs();
    this.#count(atNs);
    this.#waiting.push({ cdr, atNs, atMs: performance.now() });
    while (this.#waiting.length > this.#options.depth()) {
      this.#waiting.shift();
      this.#counts.dropped += 1;
    }
    if (!this.#working) void this.#work();
  }

  /** The middleware lost so many. */
  lost(count: number): void {
    this.#counts.lost += count;
  }

  /** What waits is forgotten. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  async #work(): Promise<void> {
    this.#working = true;
    // Not in the callback: the executor hands out what else has come before anything is worked on.
    await new Promise((resolve) => setImmediate(resolve));
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      await this.#handle(next);
    this.#working = false;
  }

  async #handle({ cdr, atNs, atMs }: Waiting): Promise<void> {
    try {
      const message = this.#options.decode(cdr, atNs);
      this.#lastBad = undefined;
      if (message !== null) await this.#options.take(message);
    } catch (error) {
      this.#counts.bad += 1;
      this.#lastBad = CodriverError.from(error, 'BAD_MESSAGE');
      this.#options.onBad(this.#lastBad);
    }
    this.#tookMs.push(performance.now() - atMs);
    if (this.#tookMs.length > REMEMBERED) this.#tookMs.shift();
  }

  #count(atNs: TimeNs): void {
    this.#counts.received += 1;
    this.#lastNs = atNs;
    const second = this.#second;
    const spanNs = atNs - second.fromNs;
    if (spanNs >= NS_PER_S || spanNs < 0n) {
      if (second.received > 0) this.#rateHz = second.received / nsToSeconds(spanNs);
      this.#second = { fromNs: atNs, received: 0 };
    }
    this.#second.received += 1;
  }
}
