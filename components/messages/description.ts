import type { Locale } from '../../contract/locale.ts';

/** What search results and link previews say of this app; written by the server alone, so no browser loads it. */
export const DESCRIPTION: Readonly<Record<Locale, string>> = {
  en: 'Reseal keeps your users signed in: tokens stay sealed in an HttpOnly cookie, and one refresh serves every tab and every request.',
  ko: 'Reseal은 로그인 상태를 유지합니다. 토큰은 봉인된 HttpOnly 쿠키에 보관하고, 갱신 한 번으로 모든 탭과 모든 요청을 처리합니다.',
};
