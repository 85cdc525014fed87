/** Everything that can go wrong at the edges of codriver, as one closed list of codes. */
export const ERROR_CODES = [
  'BAD_ARGUMENT',
  'BAD_CONFIG',
  'BAD_SCENE',
  'BAD_SCRIPT',
  'BAD_EVAL_SET',
  'BAD_MESSAGE',
  'BAD_IMAGE',
  'LOG_UNREADABLE',
  'LOG_WRITE_FAILED',
  'MODEL_MISSING',
  'MODEL_CORRUPT',
  'MODEL_UNSUPPORTED',
  'MODEL_PULL_FAILED',
  'MODEL_FAILED',
  'ADAPTER_MISMATCH',
  'ADAPTER_CORRUPT',
  'ADAPTER_UNSUPPORTED',
  'GRAMMAR_UNSUPPORTED',
  'PROMPT_TOO_LONG',
  'PLANNER_UNREACHABLE',
  'PLANNER_REJECTED',
  'ROS_NOT_SET_UP',
  'ROS_SETUP_FAILED',
  'ROS_FAILED',
  'DISK_FULL',
  'NOT_FOUND',
  'ABORTED',
  'INTERNAL',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a {@link CodriverError} carries beside its code. */
export interface CodriverErrorOptions {
  /** What the user can do about it, as a full sentence. */
  readonly remedy?: string;
  /** The error underneath, kept for logs. */
  readonly cause?: unknown;
  /** Machine-readable facts: file names, offsets, expected and found values. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error type of codriver. `message` is a sentence that names the input;
 * `remedy` says what to do; `code` is stable and may be matched on.
 */
export class CodriverError extends Error {
  override readonly name = 'CodriverError';
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: CodriverErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.details = options.details ?? {};
  }

  /** Turns anything thrown into a CodriverError; one that already is passes through unchanged. */
  static from(error: unknown, fallback: ErrorCode = 'INTERNAL'): CodriverError {
    if (error instanceof CodriverError) return error;
    const nodeCode = (error as { code?: unknown } | null)?.code;
    const message = error instanceof Error ? error.message : String(error);
    if (nodeCode === 'ENOSPC') {
      return new CodriverError('DISK_FULL', `The disk is full: ${message}`, {
        remedy: 'Free some space and run the command again; what was written so far is kept.',
        cause: error,
      });
    }
    return new CodriverError(fallback, message, { cause: error });
  }

  /** One paragraph for a terminal: the code, what is wrong, what to do. */
  toUserText(): string {
    return `${this.code}: ${this.message}${this.remedy ? `\n  → ${this.remedy}` : ''}`;
  }
}
