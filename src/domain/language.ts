import { z } from 'zod';

/** Languages the passenger may speak and is answered in. */
export const LANGUAGES = ['ja', 'en'] as const;
export const Language = z.enum(LANGUAGES);
export type Language = z.infer<typeof Language>;

/** A sentence in every language of {@link Language}. */
export type Bilingual = Readonly<Record<Language, string>>;
