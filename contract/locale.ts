/** The languages of the app; the first is spoken without a prefix in the address. */
export const LOCALES = ['en', 'ko'] as const;

export type Locale = (typeof LOCALES)[number];

export const DEFAULT_LOCALE: Locale = 'en';

/** Reads what a router says of its language. */
export function localeOf(name: string | undefined): Locale {
  return LOCALES.find((locale) => locale === name) ?? DEFAULT_LOCALE;
}

/** Gives a path of this site in this language, whatever language it named before. */
export function pathIn(locale: Locale, path: string): string {
  const bare = path.replace(/^\/(en|ko)(?=[/?#]|$)/i, '');
  // One slash, whatever came: two would name another site.
  const rooted = `/${bare.replace(/^\/+/, '')}`;
  if (locale === DEFAULT_LOCALE) return rooted;
  return rooted.replace(/^\/(?=[?#]|$)|^/, `/${locale}`);
}
