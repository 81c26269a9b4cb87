import Link from 'next/link';
import { useRouter } from 'next/router';
import { useSyncExternalStore } from 'react';
import { LOCALES, localeOf, type Locale } from '../../contract/locale.ts';

const HINTS: Record<Locale, string> = { en: 'Use your browser’s language', ko: '이 페이지를 한국어로 보기' };

const never = () => () => undefined;

/** The first of the browser's languages that the app speaks; `null` on the server, which must answer all alike. */
const preferred = (): Locale | null =>
  navigator.languages.flatMap((tag) => LOCALES.filter((locale) => locale === tag.split('-')[0]))[0] ?? null;

/** Offers the page in the browser's language where that is another one; it redirects no visitor. */
export function LanguageHint() {
  const { locale: name, asPath } = useRouter();
  const wanted = useSyncExternalStore(never, preferred, () => null);
  if (wanted === null || wanted === localeOf(name)) return null;
  return (
    <p className="mb-4 text-sm" lang={wanted}>
      <Link
        href={asPath}
        locale={wanted}
        hrefLang={wanted}
        prefetch={false}
        className="font-medium text-accent underline underline-offset-4"
      >
        {HINTS[wanted]}
      </Link>
    </p>
  );
}
