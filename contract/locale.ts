/** The languages of the app; the first has no prefix in the address. */
export const LOCALES = ['en', 'ko'] as const;

export type Locale = (typeof LOCALES)[number];

export const DEFAULT_LOCALE: Locale = 'en';

/** Reads the name of a language as a router gives it. */
export function localeOf(name: string | undefined): Locale {
  return LOCALES.find((locale) => locale === name) ?? DEFAULT_LOCALE;
}

/** Gives a path of this site in this language, whatever languages it named before. */
export function pathIn(locale: Locale, path: string): string {
  const bare = path.replace(/^(\/(en|ko)(?=[/?#]|$))+/i, '');
  // Exactly one slash: two would name another site.
  const rooted = `/${bare.replace(/^\/+/, '')}`;
  if (locale === DEFAULT_LOCALE) return rooted;
  return rooted.replace(/^\/(?=[?#]|$)|^/, `/${locale}`);
}
