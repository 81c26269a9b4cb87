import Link from 'next/link';
import { useRouter } from 'next/router';
import { Fragment, useState } from 'react';
import { LOCALES, localeOf, type Locale } from '../../contract/locale.ts';
import { Language } from '../messages/Language.tsx';

/** Each language by its own name, so that its readers find it. */
const NAMES: Record<Locale, string> = { en: 'English', ko: '한국어' };

/** This page in the other language, which is fetched once it is pointed at, so that the switch does not wait. */
export function LanguageSwitch() {
  const { locale: name, asPath } = useRouter();
  const [isNear, setIsNear] = useState(false);
  // Not offline: what `dynamic` could not have once it does not ask for again.
  const near = () => setIsNear(isNear || navigator.onLine);
  const current = localeOf(name);
  return LOCALES.filter((locale) => locale !== current).map((locale) => (
    <Fragment key={locale}>
      <Link
        href={asPath}
        locale={locale}
        lang={locale}
        hrefLang={locale}
        prefetch={false}
        onPointerEnter={near}
        onFocus={near}
        className="sm:ml-auto rounded-md px-1 py-1 text-sm text-muted underline-offset-4 hover:text-ink hover:underline"
      >
        {NAMES[locale]}
      </Link>
      {/* An `import()` would fetch another file: Next makes one for `dynamic` alone. */}
      {isNear && <Language locale={locale} />}
    </Fragment>
  ));
}
