import type { Language } from '../domain/index.ts';

/** `ja` where the text has kana or kanji, else `en`. */
export function detectLanguage(text: string): Language {
  return /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text) ? 'ja' : 'en';
}
