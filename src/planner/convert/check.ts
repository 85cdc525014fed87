import type { z } from 'zod';
import { CodriverError } from '../../domain/index.ts';

/** A message that has passed its schema; else BAD_MESSAGE naming the first field that is wrong. */
export function checked<S extends z.ZodType>(schema: S, name: string, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = [name, ...(issue?.path ?? [])].join('.');
  throw new CodriverError('BAD_MESSAGE', `The planner message field ${field} is wrong: ${issue?.message}.`, {
    remedy: 'See the ranges in codriver/planner/v1/planner.proto.',
    details: { field },
  });
}

/** A message's part that must be there; else BAD_MESSAGE. */
export function present<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new CodriverError('BAD_MESSAGE', `A planner message lacks its ${name}.`);
  return value;
}

/** The object without its undefined fields, so that absent looks the same on both ends. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
