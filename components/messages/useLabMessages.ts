import { useRouter } from 'next/router';
import { localeOf, type Locale } from '../../contract/locale.ts';
import { lab as en, type LabMessages } from './en/lab.ts';
import { lab as ko } from './ko/lab.ts';

/** Both come with the lab's page: a speaker as in `Language.tsx` would let it wait, for 0.6 KB. */
const LANGUAGES: Readonly<Record<Locale, LabMessages>> = { en, ko };

/** The lab's sentences in the page's language. */
export function useLabMessages(): LabMessages {
  return LANGUAGES[localeOf(useRouter().locale)];
}
