import type { User } from '../../contract/user.ts';
import type { TokenPair } from '../session/record.ts';

/** Past a year nobody waits for an expiry, and a number without bound breaks timers. */
const MAX_EXPIRES_IN_SECONDS = 366 * 86_400;

/** The answer of a token endpoint, as it travels. @see RFC 6749 §5.1 and §5.2 */
export type TokenResponse = Readonly<Record<string, unknown>>;

/**
 * Reads a token response; `null` where it holds no access token.
 *
 * `expires_in` may be missing, a string or nonsense: what is not a positive number counts as unknown, and an
 * upstream 401 then tells. A missing refresh token means that the old one stays.
 *
 * @see RFC 6749 §5.1 and §6
 */
export function readTokenPair(
  body: TokenResponse,
  nowMs: number,
  oldRefreshToken: string | null,
): TokenPair | null {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = body;
  if (typeof accessToken !== 'string' || accessToken === '') return null;
  const seconds = typeof expiresIn === 'string' && expiresIn.trim() !== '' ? Number(expiresIn) : expiresIn;
  const isKnown = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  return {
    accessToken,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : oldRefreshToken,
    expiresAtMs: isKnown ? nowMs + Math.min(seconds, MAX_EXPIRES_IN_SECONDS) * 1000 : null,
    refreshedAtMs: nowMs,
  };
}

/** What of a person's claims is worth its place in a cookie. @see OpenID Connect Core §5.1 */
const KEPT_CLAIMS = ['email', 'picture', 'locale', 'preferred_username'] as const;

/** Maps claims (of an ID token, or of our upstream's `user`) to a person; `null` where they name nobody. */
export function readUser(claims: unknown): User | null {
  if (typeof claims !== 'object' || claims === null) return null;
  const given = claims as Readonly<Record<string, unknown>>;
  const id = given['sub'] ?? given['id'];
  if ((typeof id !== 'string' && typeof id !== 'number') || id === '') return null;
  const name = [given['name'], given['preferred_username'], given['email']].find(isText) ?? String(id);
  const kept = KEPT_CLAIMS.filter((claim) => isText(given[claim])).map((claim) => [claim, given[claim]]);
  return { ...Object.fromEntries(kept), id: String(id), name };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 256;
}
