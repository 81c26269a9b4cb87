import type { Messages } from '../MessagesContext.ts';

/** The home page's sentences. */
export const home: Messages['home'] = {
  title: '사용자는 토큰 만료를 겪지 않습니다',
  lead: 'Reseal은 로그인 상태를 유지합니다. 액세스 토큰과 리프레시 토큰은 봉인된 HttpOnly 쿠키에 보관합니다. 액세스 토큰이 만료되면 호출 한 번으로 갱신하고, 대기 중인 요청을 모두 다시 보냅니다.',
  start: '노트 써 보기',
  startAnonymous: '로그인하고 써 보기',
  toLab: '실험실에서 보기',
  picture: '401 처리 과정',
  pictureAlt:
    '요청 세 개가 브라우저를 떠납니다. 액세스 토큰이 만료되어 모두 401 응답을 받습니다. /api/user 호출 한 번이 토큰을 갱신하고 쿠키를 다시 봉인하는 동안 세 요청은 대기열에서 기다립니다. 그다음 보낸 순서대로 재전송되어 응답을 받습니다.',
  one: 'POST /api/user 한 번',
  again: '다시 재생',
  pause: '일시 정지',
  resume: '계속',
  docs: '문서',
  repository: '소스 코드',
  code: '앱에 추가하기',
  codeLead: '브라우저 쪽 코드입니다. 이제 이 axios 인스턴스의 모든 요청은 토큰이 만료되어도 정상 처리됩니다.',
  copy: '복사',
  copied: '복사했습니다.',
  notCopied: '브라우저가 복사를 허용하지 않습니다.',
  races: '같은 경쟁 상황 비교',
  racesLead:
    '탭 두 개, 응답 유실, 늦게 도착한 쿠키, 장애 등 여덟 가지 상황을 엄격한 발급자 하나로 세 번씩 실행했습니다. 세션이 유지된 횟수입니다.',
  raceLibrary: '라이브러리',
  raceResult: '세션이 유지된 횟수',
  raceOf: (passed, runs) => `${runs}회 중 ${passed}회`,
  steps: {
    sent: {
      name: '전송',
      text: '요청이 /api/upstream으로 떠납니다. 서버는 봉인된 쿠키를 열어 베어러 토큰을 붙입니다.',
    },
    expired: {
      name: '401',
      text: '토큰이 만료되었습니다. 응답에는 만료 사실과 세션 버전이 들어 있습니다.',
    },
    waiting: {
      name: '대기',
      text: '인터셉터가 거절된 요청을 대기열에 넣습니다. 대기열은 갱신이 진행되는 동안에만 있습니다.',
    },
    refreshed: {
      name: '갱신',
      text: '모든 요청과 모든 탭을 위해 POST /api/user 한 번이 리프레시 토큰을 교환하고 쿠키를 다시 봉인합니다.',
    },
    replayed: {
      name: '재전송',
      text: '대기열은 보낸 순서대로 떠납니다. 요청마다 한 번만 재전송되고, 호출한 쪽은 그 응답을 받습니다.',
    },
  },
  promises: '보장하는 것',
  facts: {
    tokens: {
      name: 'JavaScript에는 토큰이 없습니다',
      text: '스토어에도, props에도, 저장소에도 없습니다. 스크립트는 누가 얼마 동안 로그인되어 있는지만 압니다.',
    },
    outage: {
      name: '장애는 로그아웃이 아닙니다',
      text: '확정된 거절만 세션을 끝냅니다. 오프라인, 429, 5xx, 알 수 없는 응답에는 세션을 유지합니다.',
    },
    once: {
      name: '탭이 몇 개든 갱신은 한 번',
      text: '탭 여덟 개에서 보낸 요청 천 개의 토큰이 한꺼번에 만료되어도 발급자 호출은 한 번입니다.',
    },
    people: {
      name: '다른 사람의 클릭을 대신하지 않습니다',
      text: '한 세션에서 만든 요청은 다른 세션으로 재전송되지 않습니다.',
    },
  },
};
