import type { ApiError } from '../http/problem.ts';
import type { LiveSession } from '../session/resolve.ts';

/** For whom a call goes upstream, and with which token. */
export interface Caller {
  /** The bearer token; `null` where no `Authorization` is sent, or `newer` must obtain one first. */
  readonly accessToken: string | null;
  /** Whether the upstream takes no token from this caller. */
  readonly isAnonymous: boolean;
  /** Whether a token that expired is replaced here, and the request is sent again if it can be. */
  readonly refreshes: boolean;
  /** By what the limits count calls. */
  readonly sessionId: string;
  readonly personId: string;
  /** The session that the call belongs to; `null` where it has none. */
  readonly session: LiveSession | null;
  /** Tells whether there is a token that has not expired, as far as its issuer said when it will. */
  isAlive(nowMs: number): boolean;
  /** The same caller with a newer token; `null` where there is none to be had. */
  newer(requestId: string): Promise<Caller | null>;
  /** Does what lets a request with a body succeed when its client sends it again. */
  prepareAgain(requestId: string): Promise<unknown>;
  /** The error that answers an upstream's 401; `null` where the upstream's own answer passes. */
  refusal(): ApiError | null;
}
