import type { Bilingual, Language, PoiCategory, Reason } from '../domain/index.ts';
import { CATEGORY_WORDS, DROP_WORDS, REASON_WORDS } from './reason-words.ts';
import { mpsToSpoken } from './units.ts';

const ALL_WORDS: Readonly<Record<string, Bilingual>> = { ...DROP_WORDS, ...REASON_WORDS };

function slotText(name: string, reason: Pick<Reason, 'slots'>, language: Language): string {
  const value = reason.slots[name];
  if (value === undefined) return '';
  if (name === 'category') return CATEGORY_WORDS[value as PoiCategory]?.[language] ?? String(value);
  if (typeof value !== 'number') return String(value);
  if (name.endsWith('Mps')) {
    const mph = reason.slots.unit === 'MPH';
    return mph ? `${mpsToSpoken(value, 'MPH')} mph` : `${mpsToSpoken(value, 'KMH')} km/h`;
  }
  const rounded = Math.round(value * 10) / 10;
  if (name.endsWith('M')) return `${rounded} m`;
  return name.endsWith('S') ? `${rounded} s` : String(rounded);
}

/**
 * A reason as one sentence for the passenger. Speeds are shown in km/h, or in mph where the slot
 * `unit` is `MPH` (the passenger spoke in miles). A code that no table knows is shown as it is.
 */
export function explain(reason: Pick<Reason, 'code' | 'slots'>, language: Language): string {
  const words = Object.hasOwn(ALL_WORDS, reason.code) ? ALL_WORDS[reason.code] : undefined;
  if (words === undefined) return `${reason.code}.`;
  return words[language].replace(/\{(\w+)\}/g, (_whole, name: string) => slotText(name, reason, language));
}
