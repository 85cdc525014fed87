import { CodriverError, type TimeNs } from '../domain/index.ts';

/** Seconds such as `600`, `10m` or `1h` as nanoseconds. Errors: BAD_ARGUMENT. */
export function parseDuration(text: string, flag: string): TimeNs {
  const match = /^(\d+(?:\.\d{1,3})?)\s*(s|m|min|h)?$/i.exec(text);
  const factor = { s: 1, m: 60, min: 60, h: 3600 }[(match?.[2] ?? 's').toLowerCase()];
  const milliseconds = Math.round(Number(match?.[1]) * 1000 * (factor ?? Number.NaN));
  if (!(milliseconds > 0)) {
    throw new CodriverError('BAD_ARGUMENT', `${flag} ${text} is no duration.`, {
      remedy: 'Give seconds above 0, or minutes or hours with their letter: 600, 10m, 1h.',
    });
  }
  return BigInt(milliseconds) * 1_000_000n;
}

/** Bytes such as `500000`, `500MB` or `2GiB`. Errors: BAD_ARGUMENT. */
export function parseSize(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b?)$/i.exec(text);
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match?.[2] ?? '').toLowerCase());
  const bytes = Math.round(Number(match?.[1]) * (match?.[3] ? 1024 : 1000) ** power);
  if (!(bytes > 0)) {
    throw new CodriverError('BAD_ARGUMENT', `${flag} ${text} is no size.`, {
      remedy: 'Give bytes above 0, or a unit with them: 500MB, 2GiB.',
    });
  }
  return bytes;
}
