/** A person as the issuer names them; more fields may come, none is a secret. */
export interface User {
  readonly id: string;
  readonly name: string;
}

/**
 * What the browser may know of a session: who, which one, how fresh. `U` is the user with what `claims` adds.
 *
 * Durations, not clock times, because the browser's clock may be wrong.
 */
export interface SessionInfo<U extends User = User> {
  readonly user: U;
  readonly session: {
    /** Stays over refreshes, new at each login. */
    readonly id: string;
    /** Counts the refreshes of this session, from 1. */
    readonly version: number;
    /** Milliseconds until the access token dies; `null` where the issuer never said. */
    readonly expiresInMs: number | null;
    /** Milliseconds until the session ends whatever happens. */
    readonly endsInMs: number;
  };
}

/** Body of `POST /api/login` in password mode. */
export interface LoginRequest {
  readonly username: string;
  readonly password: string;
}

/** Body of `POST /api/user`: the version that the caller saw die. */
export interface RefreshRequest {
  readonly staleVersion?: number;
}

/** Body of `POST /api/logout`. */
export interface LogoutRequest {
  /** Ends every session of this person, not only this one. */
  readonly everywhere?: boolean;
}
