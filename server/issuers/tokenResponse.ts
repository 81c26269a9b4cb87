import type { User } from '../../contract/user.ts';
import type { TokenPair } from '../session/record.ts';

/** An expiry beyond a year has no use, and a number without a bound breaks timers. */
const MAX_EXPIRES_IN_SECONDS = 366 * 86_400;

/** The answer of a token endpoint, as it travels. @see RFC 6749 §5.1 and §5.2 */
export type TokenResponse = Readonly<Record<string, unknown>>;

/**
 * Parses the body of a token endpoint's answer; `null` when it is not an object.
 *
 * JSON whatever its `Content-Type`, or a form, which some issuers send. @see RFC 6749 §5.1
 */
export function parseTokenBody(text: string): TokenResponse | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as TokenResponse)
      : null;
  } catch {
    const form = new URLSearchParams(text);
    return form.has('access_token') || form.has('error') ? Object.fromEntries(form) : null;
  }
}

/** Tells whether a 2xx carries an `error` word instead of tokens, as some issuers answer. */
export function isRefusal(body: TokenResponse | null): boolean {
  return typeof body?.['error'] === 'string' && body['error'] !== '' && !isToken(body['access_token']);
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/**
 * Reads a token response; `null` when it holds no access token. Nothing else in it is a reason to reject it: the
 * issuer may have rotated, and the answer may be the only copy of the new refresh token.
 *
 * An `expires_in` that is not a positive number counts as unknown; an upstream 401 then shows that the token died.
 * A missing refresh token means that the old one stays valid.
 *
 * @see RFC 6749 §5.1 and §6
 */
export function readTokenPair(
  body: TokenResponse,
  nowMs: number,
  oldRefreshToken: string | null,
): TokenPair | null {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = body;
  if (!isToken(accessToken)) return null;
  const seconds = typeof expiresIn === 'string' && expiresIn.trim() !== '' ? Number(expiresIn) : expiresIn;
  const isKnown = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  return {
    accessToken,
    refreshToken: isToken(refreshToken) ? refreshToken : oldRefreshToken,
    expiresAtMs: isKnown ? nowMs + Math.min(seconds, MAX_EXPIRES_IN_SECONDS) * 1000 : null,
    refreshedAtMs: nowMs,
  };
}

/** The claims of a person that the cookie keeps. @see OpenID Connect Core §5.1 */
const KEPT_CLAIMS = ['email', 'picture', 'locale', 'preferred_username'] as const;

/**
 * Maps claims (of an ID token, or of a backend's user) to a user; `null` when they hold no id.
 *
 * @param fallbackName the name where the claims hold none; the id by default
 */
export function readUser(claims: unknown, fallbackName?: string): User | null {
  if (typeof claims !== 'object' || claims === null) return null;
  const given = claims as Readonly<Record<string, unknown>>;
  const id = given['sub'] ?? given['id'];
  if ((typeof id !== 'string' && typeof id !== 'number') || id === '') return null;
  const name =
    [given['name'], given['preferred_username'], given['email'], fallbackName].find(isText) ?? String(id);
  const kept = KEPT_CLAIMS.filter((claim) => isText(given[claim])).map((claim) => [claim, given[claim]]);
  return { ...Object.fromEntries(kept), id: String(id), name };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 256;
}
