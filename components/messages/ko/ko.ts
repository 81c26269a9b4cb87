import { createFigures, excerpt } from '../figures.ts';
import type { Messages } from '../MessagesContext.ts';
import { errors, reasons } from './errors.ts';
import { home } from './home.ts';
import { notes } from './notes.ts';

const figures = createFigures('ko', '방금');

/** Every sentence of the app in Korean, by the room of `components/` that shows it, but for the lab's. */
export const ko: Messages = {
  figures,
  errors,
  reasons,
  home,
  shell: {
    title: (page) => `${page} · Reseal`,
    skip: '본문으로 건너뛰기',
    brand: 'Reseal',
    nav: '주 메뉴',
    notes: '노트',
    session: '세션',
    lab: '실험실',
    login: '로그인',
    logout: '로그아웃',
    signedInAs: '로그인한 사람:',
    footer: '토큰은 서버에만 보관되며 이 페이지에는 전달되지 않습니다.',
    refreshing: '세션을 갱신하는 중',
    waiting: (n) => `요청 ${n}건 대기 중`,
    degraded: '갱신이 지연되고 있습니다. 로그인은 유지됩니다',
    ended: '세션이 끝났습니다. 입력한 내용은 그대로 있습니다.',
    endedAction: '다시 로그인',
    endingSoon: '세션이 곧 끝납니다.',
    endingIn: (left) => `계속하지 않으면 ${left} 후에 끝납니다.`,
    stay: '로그인 유지',
    staying: '잠시만요…',
    endsAnyway: (left) => `${left} 후에 끝나며 늘릴 수 없습니다. 입력하는 내용은 그대로 있습니다.`,
    changed:
      '다른 탭이나 다른 기기에서 로그아웃되었습니다. 입력한 내용은 다시 로그인할 때까지 이 탭에 보관됩니다.',
    loading: '페이지를 불러오는 중',
    unreachable:
      '다음 페이지를 불러오지 못했습니다. 오프라인이거나 서버에 연결할 수 없습니다. 이 페이지와 입력한 내용은 그대로 있습니다.',
    tryAgain: '다시 시도',
    dismiss: '이 페이지에 머무르기',
    notFoundTitle: '이 주소에는 아무것도 없습니다',
    notFoundLead: '오래된 링크이거나 여기서는 꺼져 있는 페이지입니다.',
    errorTitle: '저희 쪽에서 문제가 생겼습니다',
    errorLead: '세션에는 영향이 없습니다. 페이지를 새로 고치거나 잠시 후 다시 오세요.',
    toHome: '홈으로 가기',
  },
  login: {
    title: '로그인',
    lead: '한 번 로그인하면 계속 유지됩니다. 갱신은 자동으로 이루어집니다.',
    username: '사용자 이름',
    password: '비밀번호',
    showPassword: '비밀번호 표시',
    hidePassword: '비밀번호 숨기기',
    demo: '데모 계정:',
    fillIn: '입력하기',
    submit: '로그인',
    busy: '로그인하는 중…',
    provider: '인증 제공자로 로그인',
    providerLead: '인증 제공자로 이동했다가 이곳으로 돌아옵니다.',
    asking: '로그인되어 있는지 확인하는 중…',
    welcome: '로그인되었습니다. 잠시만요…',
    cookieRefused:
      '브라우저가 로그인 쿠키를 저장하지 않았습니다. 쿠키가 없으면 로그인이 유지되지 않으니, 이 사이트의 쿠키를 허용한 뒤 다시 로그인하세요.',
    noAccount: '계정이 없나요?',
    signup: '가입하기',
    required: '사용자 이름과 비밀번호를 입력하세요.',
    problems: {
      login_denied: '로그인이 거부되었습니다. 바뀐 것은 없습니다. 원할 때 다시 로그인하세요.',
      login_required: '인증 제공자에 남아 있는 세션이 없습니다. 다시 로그인하세요.',
      interaction_required:
        '인증 제공자가 먼저 확인할 것이 있습니다. 다시 로그인해서 그곳의 질문에 답하세요.',
      login_expired: '이미 끝났거나 너무 오래 걸린 로그인입니다. 다시 시작하고, 반복되면 쿠키를 허용하세요.',
      login_mismatch: '이 응답은 이 브라우저에서 마지막으로 시작한 로그인의 것이 아닙니다. 다시 시작하세요.',
      login_failed: '인증 제공자의 응답이 검사를 통과하지 못해 로그인되지 않았습니다. 다시 시작하세요.',
      login_too_large: '인증 제공자의 토큰이 세션에 담기에 너무 큽니다. 운영자가 줄여야 합니다.',
      provider_unavailable: '인증 제공자가 지금 응답하지 않습니다. 잠시 후 다시 시도하세요.',
      login_misconfigured: '인증 제공자가 이 앱을 거부합니다. 운영자가 설정을 고쳐야 합니다.',
    },
  },
  notes,
  toasts: {
    close: '닫기',
    sentence: {
      uploaded: (name) => `${name} 첨부를 마쳤습니다.`,
      uploadFailed: (name) => `${name}을(를) 올리지 못했습니다.`,
      editFailed: (text) => `“${excerpt(text)}” 수정을 저장하지 못했습니다. 노트에 남아 있습니다.`,
      noteGone: (text) =>
        `수정하던 노트가 없어졌습니다. 입력한 “${excerpt(text)}”은(는) ‘새 노트’에 있습니다.`,
      removeFailed: () => '노트를 삭제하지 못했습니다.',
      logoutFailed: () => '로그아웃하지 못했습니다. 아직 로그인되어 있습니다.',
    },
  },
  session: {
    title: '세션',
    lead: '이 브라우저가 세션에 대해 알 수 있는 것입니다. 토큰은 포함되지 않습니다.',
    who: '로그인한 사람',
    id: '세션 ID',
    version: '버전',
    versionHint: (refreshes) =>
      refreshes === 0 ? '아직 갱신한 적이 없습니다.' : `지금까지 ${refreshes}회 갱신했습니다.`,
    expires: '액세스 토큰 만료까지',
    expired: '만료됨. 다음 요청 때 갱신합니다.',
    unknownExpiry: '알 수 없음. 발급자가 알려 주지 않습니다.',
    ends: '세션 종료까지',
    refresh: '지금 갱신',
    refreshing: '갱신하는 중…',
    refreshed: (version) => `갱신했습니다. 이제 버전 ${version}입니다.`,
    logout: '로그아웃',
    everywhere: '모든 곳에서 로그아웃',
    everywhereHint: '모든 기기의 내 세션을 끝냅니다.',
    everywhereSure: '모든 곳에서 로그아웃할까요?',
    everywhereNo: '로그인 유지',
    actions: '작업',
  },
  others: {
    title: '내 세션',
    lead: '이 서버가 아는 내 세션 목록입니다. 이 기기가 맨 위에 있습니다.',
    current: '이 기기',
    loading: '다른 세션을 불러오는 중…',
    failed: '다른 세션을 불러오지 못했습니다.',
    none: '다른 곳에는 로그인되어 있지 않습니다.',
    device: ({ browser, system }) =>
      browser && system ? `${system}의 ${browser}` : (browser ?? system ?? '알 수 없는 기기'),
    since: (loggedIn, refreshed) =>
      refreshed ? `${loggedIn} 로그인, 마지막 갱신 ${refreshed}` : `${loggedIn} 로그인`,
    end: '로그아웃',
    endOf: (device) => `${device}에서 로그아웃`,
    reused: (device, ago) =>
      `${device} 로그인의 오래된 사본이 ${ago} 사용되어 거부되었습니다. 브라우저 백업을 복원한 것이 아니라면 그 세션을 로그아웃하고 비밀번호를 바꾸세요.`,
    ended: (device) => `${device}에서 로그아웃했습니다.`,
  },
};
