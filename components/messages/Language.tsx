import dynamic from 'next/dynamic';
import { useRouter } from 'next/router';
import { useContext, useEffect, type ReactNode } from 'react';
import { localeOf, type Locale } from '../../contract/locale.ts';
import { MessagesContext } from './MessagesContext.ts';

/**
 * A page loads the language it is in. Next names the chunk in the HTML and waits for it before hydration, but
 * only where it can read the import inside the call: from a constant it was hydrated twice.
 */
const SPEAKERS = {
  en: dynamic(() => import('./en/English.tsx'), { loading: Unspoken }),
  ko: dynamic(() => import('./ko/Korean.tsx'), { loading: Unspoken }),
} satisfies Record<Locale, unknown>;

interface LanguageProps {
  /** The page's own where none is given. */
  readonly locale?: Locale;
  readonly children?: ReactNode;
}

/** Speaks a language to what is below; with nothing below it only has it fetched. */
export function Language({ locale, children }: LanguageProps) {
  const own = localeOf(useRouter().locale);
  const Speaker = SPEAKERS[locale ?? own];
  return <Speaker>{children}</Speaker>;
}

/**
 * A language on its way. Where it cannot be had, because the network is away or a newer build has taken its place,
 * the page itself is asked for anew: it comes with its words. Not for one that is only fetched ahead.
 */
function Unspoken({ error }: { readonly error?: Error | null }) {
  const isSpoken = useContext(MessagesContext) !== null;
  useEffect(() => {
    if (error && !isSpoken) location.reload();
  }, [error, isSpoken]);
  return null;
}
