/** The engine: `createReauth`, and the types of what goes in and comes out. */
export { createReauth } from './reauth.ts';
export { isReauthError, type ReauthError, type ReauthErrorCode } from './reauthError.ts';
export type { Clock } from './clock.ts';
export type { Outcome } from './outcome.ts';
export type { ReauthEvent, RefreshCause } from './reauthEvents.ts';
export type { Limits, Reauth, ReauthOptions, RefreshCall } from './reauthOptions.ts';
export type { SharedNote } from './browser/cooldown.ts';
export type { TabLock } from './tabLock.ts';
