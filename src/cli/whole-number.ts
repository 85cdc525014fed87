import { CodriverError } from '../domain/index.ts';

/** The number that a flag was given. Errors: BAD_ARGUMENT where it is none, or below `least`. */
export function wholeNumber(text: string, flag: string, least: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  const what = least === 0 ? 'a whole number' : `a whole number of at least ${least}`;
  throw new CodriverError('BAD_ARGUMENT', `${flag} must be ${what}, not "${text}".`);
}
