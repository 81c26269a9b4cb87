import type { ApiError, ApiErrorCode } from '../../../store/apiError.ts';
import type { Messages } from '../MessagesContext.ts';

const sentences: Record<ApiErrorCode, string> = {
  ERR_SESSION_ENDED: '세션이 끝났습니다. 계속하려면 다시 로그인하세요.',
  ERR_REFRESH_UNAVAILABLE:
    '로그인 상태를 유지하는 서버에 연결하지 못했습니다. 로그인은 유지됩니다. 다시 시도하세요.',
  ERR_SESSION_CHANGED: '지금은 다른 사람이 로그인되어 있어 보내지 않았습니다.',
  ERR_QUEUE_FULL: '한꺼번에 대기 중인 요청이 너무 많습니다. 잠시 후 다시 시도하세요.',
  ERR_NOT_REPLAYABLE: '이 요청은 두 번 보낼 수 없습니다. 다시 시도하세요.',
  invalid_request: '서버가 요청을 이해하지 못했습니다. 입력한 내용을 확인하세요.',
  payload_too_large: '너무 커서 보낼 수 없습니다.',
  unsupported_media_type: '서버가 받지 않는 형식입니다.',
  invalid_credentials: '사용자 이름 또는 비밀번호가 올바르지 않습니다.',
  login_refused: '이 계정은 이 앱에 로그인할 수 없습니다.',
  no_session: '로그인되어 있지 않습니다.',
  session_ended: '세션이 끝났습니다. 계속하려면 다시 로그인하세요.',
  token_expired: '보내는 동안 접근 권한이 만료되었습니다. 다시 시도하세요.',
  csrf_rejected: '다른 사이트에서 온 것으로 보여 서버가 거부했습니다.',
  not_found: '이 주소에는 아무것도 없습니다.',
  host_not_allowed: '이 앱은 이 주소로 제공되지 않습니다. 원래 주소로 여세요.',
  path_not_allowed: '이 경로는 이 앱을 통해 열 수 없습니다.',
  method_not_allowed: '이 주소에서는 할 수 없는 작업입니다.',
  session_changed: '지금은 다른 사람이 로그인되어 있어 처리하지 않았습니다.',
  too_many_attempts: '실패한 시도가 너무 많습니다.',
  internal_error: '저희 쪽에서 문제가 생겼습니다. 다시 시도하세요.',
  misconfigured: '앱 설정이 올바르지 않습니다. 운영자가 고쳐야 합니다.',
  session_too_large: '세션이 쿠키에 들어가지 않습니다. 운영자가 고쳐야 합니다.',
  too_many_requests: '동시에 열린 요청이 너무 많습니다. 잠시 후 다시 시도하세요.',
  overloaded: '서비스가 매우 혼잡합니다. 잠시 후 다시 시도하세요.',
  upstream_unreachable: '이 앱 뒤의 서비스에 연결할 수 없습니다. 잠시 후 다시 시도하세요.',
  upstream_refused: '이 앱 뒤의 서비스가 이 앱을 받아들이지 않습니다. 운영자에게 알려 주세요.',
  upstream_unavailable: '지금은 로그인 서비스에 연결할 수 없습니다. 잠시 후 다시 시도하세요.',
  upstream_timeout: '이 앱 뒤의 서비스가 제때 응답하지 않았습니다. 다시 시도하세요.',
  aborted: '취소했습니다.',
  changed_elsewhere: '여는 사이에 다른 곳에서 변경되었습니다. 비교한 뒤 다시 저장하세요.',
  forbidden: '권한이 없습니다.',
  upstream_failed: '이 앱 뒤의 서비스에서 문제가 생겼습니다. 다시 시도하세요.',
  network: '연결되지 않았습니다. 네트워크를 확인하고 다시 시도하세요.',
  step_up_declined: '방금 한 로그인이 필요하므로 아무 일도 하지 않았습니다.',
  timeout: '제때 응답이 없었습니다. 다시 시도하세요.',
  unexpected: '예상하지 못한 일이 생겼습니다. 다시 시도하세요.',
};

export const errors: Messages['errors'] = {
  sentence: ({ code, retryAfterSeconds }: ApiError): string =>
    retryAfterSeconds === undefined
      ? sentences[code]
      : `${sentences[code].replace(/ (잠시 후 )?다시 시도하세요\.$/, '')} ${wait(retryAfterSeconds)} 후에 다시 시도하세요.`,
  requestId: (id) => `요청 ID: ${id}`,
  retry: '다시 시도',
};

const wait = (seconds: number) => (seconds < 60 ? `${seconds}초` : `${Math.ceil(seconds / 60)}분`);

export const reasons: Messages['reasons'] = {
  anonymous: null,
  login_refused: null,
  logged_out: '로그아웃했습니다.',
  logged_out_elsewhere: '다른 탭이나 다른 기기에서 로그아웃되었습니다.',
  session_rejected:
    '인증 서비스가 이 세션을 더 이상 받아들이지 않습니다. 다시 로그인하세요. 입력하던 내용은 그대로 있습니다.',
  session_reused:
    '로그인의 오래된 사본이 사용되어 보호를 위해 이 세션을 끝냈습니다. 다시 로그인하세요. 브라우저 백업을 복원한 것이 아니라면 비밀번호를 바꾸세요.',
  session_ended: '세션이 끝났습니다. 다시 로그인하세요. 입력하던 내용은 그대로 있습니다.',
  unreachable: '로그인되어 있는지 확인하지 못했습니다. 여기서 로그인할 수 있습니다.',
};
