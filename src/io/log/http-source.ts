import { CodriverError } from '../../domain/index.ts';
import { fetchRange, type HttpOptions, type RemoteVersion } from './http-range.ts';
import type { ByteSource } from './raw-log.ts';

const BLOCK_BYTES = 1024 * 1024;
/** Blocks asked for ahead of a reader that goes forward. */
const AHEAD_BLOCKS = 4;
/** Blocks kept; several passes read at once. */
const KEPT_BLOCKS = 24;

/**
 * A log on a server, read by ranges: no more of it is loaded than is asked for, with a few MiB ahead of a
 * reader that goes forward. Every range must be of the version that was opened (`If-Range`).
 */
export class HttpSource implements ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #version: RemoteVersion;
  readonly #options: HttpOptions;
  readonly #closing = new AbortController();
  /** Blocks by number, the longest unused first. */
  readonly #blocks = new Map<number, Promise<Uint8Array>>();
  #lastBlock = -1;

  private constructor(url: string, first: Uint8Array, version: RemoteVersion, options: HttpOptions) {
    this.name = url;
    this.sizeBytes = version.sizeBytes;
    this.#version = version;
    const signals = [this.#closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
    this.#options = { ...options, signal: AbortSignal.any(signals) };
    this.#blocks.set(0, Promise.resolve(first));
  }

  /**
   * Asks for the first bytes.
   *
   * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a server that can't be reached or sends no ranges
   */
  static async open(url: string, options: HttpOptions = {}): Promise<HttpSource> {
    if (!URL.canParse(url)) {
      throw new CodriverError('BAD_ARGUMENT', `${url} is no address of a log.`, {
        remedy: 'Write it like https://server/drive.mcap.',
      });
    }
    const { bytes, version } = await fetchRange(url, 0, BLOCK_BYTES, null, options);
    return new HttpSource(url, bytes, version, options);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.sizeBytes);
    if (end <= offset) return new Uint8Array(0);
    const from = Math.floor(offset / BLOCK_BYTES);
    const to = Math.floor((end - 1) / BLOCK_BYTES);
    const isForward = from === this.#lastBlock || from === this.#lastBlock + 1;
    this.#lastBlock = to;
    const wanted = this.#want(from, to);
    // Half of what is ahead is used up before more is asked for: fewer, larger requests.
    if (isForward && !this.#blocks.has(to + AHEAD_BLOCKS / 2)) this.#want(to + 1, to + AHEAD_BLOCKS);
    const blocks = await Promise.all(wanted);
    const start = offset - from * BLOCK_BYTES;
    if (blocks.length === 1) return blocks[0]!.subarray(start, start + (end - offset));
    const all = Buffer.concat(blocks);
    return new Uint8Array(all.buffer, all.byteOffset + start, end - offset);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#blocks.clear();
  }

  /** The blocks, those that are missing asked for in as few requests as there are gaps. */
  #want(from: number, to: number): Promise<Uint8Array>[] {
    const last = Math.min(to, Math.floor((this.sizeBytes - 1) / BLOCK_BYTES));
    const wanted: Promise<Uint8Array>[] = [];
    for (let block = from; block <= last; block++) {
      let kept = this.#blocks.get(block);
      if (kept === undefined) {
        let missing = 1;
        while (block + missing <= last && !this.#blocks.has(block + missing)) missing += 1;
        this.#ask(block, missing);
        kept = this.#blocks.get(block)!;
      }
      this.#blocks.delete(block);
      this.#blocks.set(block, kept);
      wanted.push(kept);
    }
    for (const block of this.#blocks.keys()) {
      if (this.#blocks.size <= KEPT_BLOCKS) break;
      this.#blocks.delete(block);
    }
    return wanted;
  }

  #ask(first: number, count: number): void {
    const from = first * BLOCK_BYTES;
    const reply = fetchRange(this.name, from, count * BLOCK_BYTES, this.#version, this.#options);
    for (let index = 0; index < count; index++) {
      const block = reply.then(({ bytes }) =>
        bytes.subarray(index * BLOCK_BYTES, Math.min((index + 1) * BLOCK_BYTES, bytes.length)),
      );
      // Whoever waits for it sees the failure; the next reader tries again.
      block.catch(() => {
        if (this.#blocks.get(first + index) === block) this.#blocks.delete(first + index);
      });
      this.#blocks.set(first + index, block);
    }
  }
}
