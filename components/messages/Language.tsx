import dynamic from 'next/dynamic';
import { useRouter } from 'next/router';
import type { ReactNode } from 'react';
import { localeOf, type Locale } from '../../contract/locale.ts';

/**
 * A page loads the language it is in. Next names the chunk in the HTML and waits for it before hydration, but
 * only where it can read the import inside the call: from a constant it was hydrated twice.
 */
const SPEAKERS = {
  en: dynamic(() => import('./en/English.tsx')),
  ko: dynamic(() => import('./ko/Korean.tsx')),
} satisfies Record<Locale, unknown>;

/** Speaks the language of the page's address to what is below. */
export function Language({ children }: { readonly children: ReactNode }) {
  const Speaker = SPEAKERS[localeOf(useRouter().locale)];
  return <Speaker>{children}</Speaker>;
}

/** Fetches the other languages, so that a switch does not wait for them. */
export function fetchLanguages(): void {
  void Promise.all([import('./en/English.tsx'), import('./ko/Korean.tsx')]).catch(() => undefined);
}
