/**
 * The package's door `reseal/store`: the auth core for a Redux store that you already have.
 *
 * @see docs/doors.md, Redux
 */
export { createResealClient, type ResealClient } from './createResealClient.ts';
export type { ResealClientOptions } from './reduxClient.ts';
export {
  authReducer,
  selectQueued,
  selectReason,
  selectRefresh,
  selectSession,
  selectSessionId,
  selectStatus,
  selectUser,
  sessionChanged,
  sessionEnded,
  sessionRefreshed,
} from './authSlice.ts';
export {
  endsAtMs,
  isEnded,
  preloadAuth,
  type AuthRoot,
  type AuthState,
  type HeldSession,
  type RefreshStatus,
  type SignedIn,
  type SignedOutReason,
} from './authState.ts';
export { fetchUser, login, logout, refreshSession } from './authThunks.ts';
export { refreshFirst } from './refreshFirst.ts';
export { resealBaseQuery, type QueryError } from './resealBaseQuery.ts';
export { ownedReducer, type Owned } from './ownedReducer.ts';
export { isNoSession, toApiError, type ApiError, type ApiErrorCode } from './apiError.ts';
export { readable } from './devTools.ts';
export type { EngineEvent } from './engineEvents.ts';
export type { RefreshAheadSettings } from './refreshRules.ts';
export type { UpstreamRequest } from './authParts.ts';
export type { SessionInfo, User } from '../contract/user.ts';
