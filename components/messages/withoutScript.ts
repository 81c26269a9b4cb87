import type { Locale } from '../../contract/locale.ts';

/** What a page says where scripts are switched off; written by the server alone, so no browser loads it. */
export const WITHOUT_SCRIPT: Readonly<Record<Locale, string>> = {
  en: 'This app needs JavaScript, which is what keeps you signed in here. Switch it on, then reload the page.',
  ko: '이 앱은 JavaScript가 있어야 동작하며, 로그인도 JavaScript가 유지합니다. JavaScript를 켠 뒤 페이지를 새로 고치세요.',
};
