import type { ReadableStreamDefaultReader } from 'node:stream/web';
import { setTimeout as delay } from 'node:timers/promises';
import { CodriverError } from '../../domain/index.ts';

/** How patient a reader of a server is. */
export interface HttpOptions {
  /** Ends every request. */
  readonly signal?: AbortSignal;
  /** Wait before the first repeat, doubled with each. Default: 250; 50 to 5000 make sense. */
  readonly retryDelayMs?: number;
  /** A server that sends nothing for this long counts as dropped. Default: 20000; 1000 to 60000 make sense. */
  readonly idleTimeoutMs?: number;
}

/** What tells one version of a log on a server from another. */
export interface RemoteVersion {
  readonly sizeBytes: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Bytes of a range, and the version they are of. */
export interface RangeReply {
  readonly bytes: Uint8Array;
  readonly version: RemoteVersion;
}

/** Repeats without a byte of progress before giving up. */
const MAX_REPEATS = 4;

/** A drop that another request may mend, unlike what a CodriverError says. */
class Dropped extends Error {}

/**
 * Gets a range of bytes. A connection that drops is taken up again where it ended, a few times.
 *
 * @param known the version that the bytes must be of; null for the first request
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a server that fails or sends no ranges, and for a log
 *   that is not the one that was opened; ABORTED by the signal
 */
export async function fetchRange(
  url: string,
  from: number,
  length: number,
  known: RemoteVersion | null,
  options: HttpOptions,
): Promise<RangeReply> {
  const parts: Uint8Array[] = [];
  let got = 0;
  let version = known;
  for (let repeats = 0; ; ) {
    const before = got;
    try {
      const onBytes = (bytes: Uint8Array): void => {
        parts.push(bytes);
        got += bytes.length;
      };
      version = await request(url, from + got, length - got, version, options, onBytes);
      return { bytes: join(parts, got), version };
    } catch (error) {
      if (options.signal?.aborted === true) throw aborted(url, options.signal);
      if (!(error instanceof Dropped)) throw error;
      repeats = got > before ? 0 : repeats + 1;
      if (repeats > MAX_REPEATS) throw unreadable(url, from + got, error.message, error);
      await pause((options.retryDelayMs ?? 250) * 2 ** repeats, options.signal);
    }
  }
}

async function request(
  url: string,
  from: number,
  length: number,
  known: RemoteVersion | null,
  { signal, idleTimeoutMs = 20_000 }: HttpOptions,
  onBytes: (bytes: Uint8Array) => void,
): Promise<RemoteVersion> {
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), idleTimeoutMs);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const response = await fetch(url, {
      headers: rangeHeaders(from, length, known),
      signal: signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]),
    });
    reader = response.body?.getReader();
    const version = checkReply(url, response, from, known);
    const wanted = Math.max(0, Math.min(length, version.sizeBytes - from));
    for (let left = wanted; left > 0; ) {
      const part = await reader?.read();
      if (part === undefined || part.done) throw new Dropped(`it sent ${wanted - left} of ${wanted} bytes`);
      clearTimeout(timer);
      timer = setTimeout(() => idle.abort(), idleTimeoutMs);
      const bytes = part.value.length > left ? part.value.subarray(0, left) : part.value;
      left -= bytes.length;
      onBytes(bytes);
    }
    // Read to its end, the connection can be used again.
    await reader?.read();
    return version;
  } catch (error) {
    if (error instanceof CodriverError || error instanceof Dropped) throw error;
    const why = idle.signal.aborted ? `nothing came for ${idleTimeoutMs} ms` : messageOf(error);
    throw new Dropped(why, { cause: error });
  } finally {
    clearTimeout(timer);
    await reader?.cancel().catch(() => undefined);
  }
}

function rangeHeaders(from: number, length: number, known: RemoteVersion | null): Record<string, string> {
  const headers: Record<string, string> = {
    range: `bytes=${from}-${from + length - 1}`,
    // Ranges count the bytes as they are sent.
    'accept-encoding': 'identity',
  };
  // RFC 9110, 13.1.5: a weak tag must not be used here.
  const strong = known?.etag?.startsWith('W/') === true ? null : (known?.etag ?? null);
  const validator = strong ?? known?.lastModified ?? null;
  if (validator !== null) headers['if-range'] = validator;
  return headers;
}

function checkReply(
  url: string,
  response: Response,
  from: number,
  known: RemoteVersion | null,
): RemoteVersion {
  const { status, headers } = response;
  if (status === 404 || status === 410) {
    throw new CodriverError('NOT_FOUND', `There is no log at ${url} (HTTP ${status}).`, {
      remedy: 'Check the address, and that the server still has the log.',
      details: { url, status },
    });
  }
  if (status >= 500 || status === 429 || status === 408) throw new Dropped(`it answers HTTP ${status}`);
  const validators = { etag: headers.get('etag'), lastModified: headers.get('last-modified') };
  const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(headers.get('content-range') ?? '');
  const isEmpty =
    known === null && (range?.[3] === '0' || (status === 200 && headers.get('content-length') === '0'));
  if (isEmpty) return { sizeBytes: 0, ...validators };
  if (status === 200) throw known === null ? noRanges(url) : changed(url);
  if (status !== 206 || range?.[1] === undefined) {
    if (status === 416 && known !== null) throw changed(url);
    throw unreadable(url, from, `it answers HTTP ${status}${status === 206 ? ' without Content-Range' : ''}`);
  }
  const version = { sizeBytes: Number(range[3]), ...validators };
  if (known !== null && !isSameVersion(known, version)) throw changed(url);
  if (Number(range[1]) !== from) throw unreadable(url, from, `it sends bytes from ${range[1]} instead`);
  return version;
}

function isSameVersion(a: RemoteVersion, b: RemoteVersion): boolean {
  return (
    a.sizeBytes === b.sizeBytes &&
    (a.etag === null || b.etag === null || a.etag === b.etag) &&
    (a.lastModified === null || b.lastModified === null || a.lastModified === b.lastModified)
  );
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Waits; an abort ends the wait at once. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/** fetch says "fetch failed" and keeps the reason in the cause. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

function unreadable(url: string, offset: number, why: string, cause?: unknown): CodriverError {
  return new CodriverError('LOG_UNREADABLE', `Log ${url} cannot be read at byte ${offset}: ${why}.`, {
    remedy: 'Check the address and the network, or download the log and open the file.',
    cause,
    details: { url, offset },
  });
}

function noRanges(url: string): CodriverError {
  return new CodriverError(
    'LOG_UNREADABLE',
    `Log ${url} cannot be read in place: the server sends no ranges of bytes (HTTP 200 to a range request).`,
    {
      remedy:
        'Download the log and open the file, or serve it with a server that answers ranges (nginx, S3 …).',
      details: { url },
    },
  );
}

function changed(url: string): CodriverError {
  return new CodriverError('LOG_UNREADABLE', `Log ${url} changed on the server while it was read.`, {
    remedy: 'Open it again once its upload or recording is finished.',
    details: { url },
  });
}

function aborted(url: string, signal: AbortSignal): CodriverError {
  return new CodriverError('ABORTED', `Reading log ${url} was stopped.`, { cause: signal.reason });
}
