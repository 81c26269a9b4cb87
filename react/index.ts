'use client';

/**
 * The package's door `reseal/react`: the session of a page, without Redux.
 *
 * @see docs/doors.md, React without Redux
 */
export {
  CatchUp,
  SessionProvider,
  useSession,
  useUser,
  type SessionProviderProps,
} from './SessionProvider.tsx';
export {
  createSession,
  type Session,
  type SessionActions,
  type SessionOptions,
  type SessionState,
} from './createSession.ts';
export { isNoSession, type ApiError, type ApiErrorCode } from '../store/apiError.ts';
export type { HeldSession, RefreshStatus, SignedOutReason } from '../store/authState.ts';
export type { RefreshAheadSettings } from '../store/refreshRules.ts';
export type { SessionInfo, User } from '../contract/user.ts';
