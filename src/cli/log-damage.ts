import type { Damage } from '../io/log/raw-log.ts';

const SHOWN = 10;

/** One place, for people. */
export function damageText({ file, offset, why }: Damage): string {
  const where = [file, offset === null ? undefined : `byte ${offset}`].filter((part) => part !== undefined);
  return `${where.length === 0 ? '' : `${where.join(', ')}: `}${why}`;
}

/** Tells on stderr what could not be read, as one error with its places. */
export function printDamages(damages: readonly Damage[]): void {
  if (damages.length === 0) return;
  const places = damages.slice(0, SHOWN).map((damage) => `  ${damageText(damage)}`);
  if (damages.length > SHOWN) places.push(`  and ${damages.length - SHOWN} more`);
  process.stderr.write(
    `LOG_UNREADABLE: ${damages.length === 1 ? 'One place is' : `${damages.length} places are`} damaged; the rest was read.\n` +
      `${places.join('\n')}\n  → If the log is still being written, this is where it ends now; else copy it again from where it was recorded.\n`,
  );
}
