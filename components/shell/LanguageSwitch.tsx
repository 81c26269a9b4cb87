import Link from 'next/link';
import { useRouter } from 'next/router';
import { LOCALES, localeOf, type Locale } from '../../contract/locale.ts';
import { fetchLanguages } from '../messages/Language.tsx';

/** Each language by its own name, so that whoever reads no other finds it. */
const NAMES: Record<Locale, string> = { en: 'English', ko: '한국어' };

/** This page in the other language. */
export function LanguageSwitch() {
  const { locale: name, asPath } = useRouter();
  const current = localeOf(name);
  return LOCALES.filter((locale) => locale !== current).map((locale) => (
    <Link
      key={locale}
      href={asPath}
      locale={locale}
      lang={locale}
      hrefLang={locale}
      prefetch={false}
      onPointerEnter={fetchLanguages}
      onFocus={fetchLanguages}
      className="sm:ml-auto rounded-md px-1 text-sm text-muted underline-offset-4 hover:text-ink hover:underline"
    >
      {NAMES[locale]}
    </Link>
  ));
}
