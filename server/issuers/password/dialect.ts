/**
 * Dotted paths into a JSON answer, such as `data.access_token` or `errors.0.code`; of several the first one that
 * holds a value counts. The empty path is the answer itself.
 */
export type Path = string | readonly string[];

/**
 * The fields of a request body. `$username`, `$password`, `$refreshToken`, `$accessToken`, `$clientId`,
 * `$clientSecret` and `$apiKey` stand for those values; a field whose value is not known is left out.
 */
export interface Template {
  readonly [field: string]: string | number | boolean | Template;
}

/** One kind of answer: its status and, where `at` is given, what the JSON body says at that path. */
export interface Verdict {
  /** Absent: any 4xx but 408 and 429. */
  readonly status?: readonly number[];
  readonly at?: Path;
  /** Absent: any value counts. A value also matches with text after it (`CODE : text`) or a namespace before it (`ns#CODE`). */
  readonly is?: readonly (string | number)[];
}

/** One call of a backend. */
export interface DialectCall {
  /**
   * A path below the backend's address, or an absolute address; it may hold a query and `$apiKey`. A method before
   * it (`GET /logout`) is sent instead of `POST`.
   */
  readonly path: string;
  readonly body?: Template;
  /** `json` by default. */
  readonly encoding?: 'json' | 'form';
  readonly headers?: Readonly<Record<string, string>>;
  /** The token that travels as `Authorization: Bearer`. */
  readonly bearer?: 'accessToken' | 'refreshToken';
  /** What says that the credentials are wrong (login), or that the refresh token is dead (refresh, logout). */
  readonly refused: readonly Verdict[];
}

/** Where a token answer holds its tokens, and when the access token expires. */
export interface TokenFields {
  readonly access: Path;
  readonly refresh: Path;
  /** Lifetime in seconds. */
  readonly seconds?: Path;
  /** Lifetime in ms. */
  readonly milliseconds?: Path;
  /** A time: seconds since 1970, or an ISO date. */
  readonly at?: Path;
  /** Reads `exp` and `iat` of the access token where the answer names no expiry. */
  readonly jwt?: boolean;
}

/** Where a login finds the user; `id` and `name` are paths, needed where the usual names do not fit. */
export interface UserSource {
  /** The login's answer, the claims of a JWT in it, or the answer of `GET me` with the new access token. */
  readonly from: 'answer' | 'claims' | 'me';
  /** `answer` and `me`: the object. `claims`: the JWT, the access token by default. */
  readonly at?: Path;
  readonly id?: Path;
  readonly name?: Path;
}

/**
 * How one kind of backend takes logins, refreshes and logouts, as data.
 *
 * Any 2xx is an answer. What no verdict covers is sorted by its status and OAuth's `error` (`failureOfAnswer`).
 */
export interface Dialect {
  /** Headers of every call. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly login: DialectCall;
  readonly refresh: DialectCall;
  /** `null` where the backend has no logout. */
  readonly logout: DialectCall | null;
  /** The path of `GET me`; without it the sources `me` are skipped. */
  readonly me?: string;
  readonly tokens: TokenFields;
  /** Tried in turn until one names a user. */
  readonly user: readonly UserSource[];
  /** What says that the backend refuses this app, and not one person. */
  readonly clientRefused?: readonly Verdict[];
  /** What says "too many requests" without the status 429. */
  readonly throttled?: readonly Verdict[];
}
