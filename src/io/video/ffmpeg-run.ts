import type { ChildProcess } from 'node:child_process';
import type { FfmpegCommand } from 'fluent-ffmpeg';
import { AnnouncedSink, type Announcement, type Piece } from './announced-sink.ts';
import { NamedPipe } from './named-pipe.ts';

export interface FfmpegRunOptions<T extends Announcement> {
  /** The piece of output that a line on stderr announces; undefined for any other line. */
  readonly announcementIn: (line: string) => T | undefined;
  /** Told of every other line. */
  readonly onLine: (line: string) => void;
  /** Ends the process. */
  readonly signal?: AbortSignal | undefined;
}

/** ffmpeg announces a piece just before it writes it; bytes that wait longer than this are no piece we know. */
const MAX_DARK_MS = 20_000;

/**
 * One run of ffmpeg through fluent-ffmpeg that writes pieces to a pipe and says on stderr what they are.
 * `stop()` must be called, whatever happens; it ends the process and waits until it is gone.
 */
export class FfmpegRun<T extends Announcement> {
  /** Why ffmpeg failed as a whole; undefined where it did not, or has not yet. */
  failure: string | undefined;
  readonly #sink: AnnouncedSink<T>;
  readonly #pipe: NamedPipe;
  readonly #over: Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => void this.stop();
  #child: ChildProcess | undefined;
  #stopped = false;

  private constructor(
    command: FfmpegCommand,
    outputOptions: readonly string[],
    { announcementIn, onLine, signal }: FfmpegRunOptions<T>,
    sink: AnnouncedSink<T>,
    pipe: NamedPipe,
  ) {
    this.#sink = sink;
    this.#pipe = pipe;
    this.#signal = signal;
    command.on('stderr', (line: string) => {
      const about = announcementIn(line);
      if (about === undefined) onLine(line);
      else sink.announce(about);
    });
    this.#over = this.#untilGone(command);
    command
      .output(pipe.path)
      .outputOptions([...outputOptions])
      .run();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
  }

  /**
   * @param command complete but for this output, its last; not yet running
   * @throws CodriverError NOT_FOUND where no pipe can be made
   */
  static async start<T extends Announcement>(
    command: FfmpegCommand,
    outputOptions: readonly string[],
    options: FfmpegRunOptions<T>,
  ): Promise<FfmpegRun<T>> {
    const sink = new AnnouncedSink<T>(() => pipe.resume());
    const pipe = await NamedPipe.open(
      (chunk) => sink.write(chunk),
      () => sink.end(),
    );
    return new FfmpegRun(command, outputOptions, options, sink, pipe);
  }

  /** Resolves when the process has ended, or never came to be. */
  get over(): Promise<void> {
    return this.#over;
  }

  /** True once it is being ended. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The next piece; undefined after the last, when the process has ended. */
  async next(): Promise<Piece<T> | undefined> {
    const watch = setInterval(() => this.#endInTheDark(), MAX_DARK_MS);
    try {
      const piece = await this.#sink.next();
      if (piece === undefined) await this.#over;
      return piece;
    } finally {
      clearInterval(watch);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#sink.discard();
    this.#child?.kill('SIGKILL');
    await this.#over;
    this.#pipe.close();
  }

  #untilGone(command: FfmpegCommand): Promise<void> {
    return new Promise((resolve) => {
      command
        .on('start', () => {
          // fluent-ffmpeg keeps the process under this name from before `start` until it has ended.
          this.#child = (command as unknown as { ffmpegProc: ChildProcess }).ffmpegProc;
          this.#child.once('close', () => {
            this.#pipe.writerGone();
            resolve();
          });
          if (this.#stopped) this.#child.kill('SIGKILL');
        })
        .on('end', () => this.#sink.allAnnounced())
        .on('error', (error: Error) => {
          this.failure ??= error.message.trim();
          this.#sink.allAnnounced();
          // Where the process never started, nothing else will end.
          if (this.#child === undefined) {
            this.#sink.discard();
            resolve();
          }
        });
    });
  }

  #endInTheDark(): void {
    if (!this.#sink.inTheDark) return;
    this.failure = 'it writes output without saying what it is';
    void this.stop();
  }
}
