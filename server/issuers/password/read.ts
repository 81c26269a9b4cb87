import { decodeJwt } from 'jose';
import type { User } from '../../../contract/user.ts';
import type { TokenPair } from '../../session/record.ts';
import { readTokenPair, readUser, type TokenResponse } from '../tokenResponse.ts';
import type { Path, TokenFields, UserSource, Verdict } from './dialect.ts';

/** Reads the first path that holds something; `undefined` where none does. */
export function valueAt(json: unknown, path: Path): unknown {
  for (const one of typeof path === 'string' ? [path] : path) {
    const keys = one === '' ? [] : one.split('.');
    const value = keys.reduce<unknown>(
      (object, key) =>
        typeof object === 'object' && object !== null && Object.hasOwn(object, key)
          ? (object as Readonly<Record<string, unknown>>)[key]
          : undefined,
      json,
    );
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** Reports whether an answer is of the kind that a verdict describes. */
export function matches(verdict: Verdict, status: number, json: TokenResponse | null): boolean {
  const { status: statuses, at, is } = verdict;
  const isOfStatus = statuses
    ? statuses.includes(status)
    : status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (!isOfStatus) return false;
  if (at === undefined) return true;
  const value = valueAt(json, at);
  if (value === undefined) return false;
  const text = String(value);
  return (
    is === undefined ||
    is.some((one) => text === String(one) || text.startsWith(`${one} `) || text.endsWith(`#${one}`))
  );
}

/** Reads a token answer; `null` where it holds no access token. */
export function readTokens(
  json: TokenResponse,
  fields: TokenFields,
  nowMs: number,
  oldRefreshToken: string | null,
): TokenPair | null {
  const accessToken = valueAt(json, fields.access);
  const expiresIn =
    lifetimeOf(json, fields, nowMs) ?? (fields.jwt ? jwtLifetime(accessToken, nowMs) : undefined);
  const plain = {
    access_token: accessToken,
    refresh_token: valueAt(json, fields.refresh),
    expires_in: expiresIn,
  };
  return readTokenPair(plain, nowMs, oldRefreshToken);
}

/** The lifetime in seconds that the answer names, in whatever unit; `undefined` where it names none. */
function lifetimeOf(json: TokenResponse, { seconds, milliseconds, at }: TokenFields, nowMs: number): unknown {
  const inSeconds = seconds === undefined ? undefined : valueAt(json, seconds);
  if (inSeconds !== undefined) return inSeconds;
  const inMs = milliseconds === undefined ? undefined : Number(valueAt(json, milliseconds));
  if (inMs !== undefined && !Number.isNaN(inMs)) return inMs / 1000;
  const time = at === undefined ? undefined : valueAt(json, at);
  if (time === undefined) return undefined;
  const untilMs = Number.isNaN(Number(time)) ? Date.parse(String(time)) : Number(time) * 1000;
  return Number.isNaN(untilMs) ? undefined : (untilMs - nowMs) / 1000;
}

/** The lifetime in seconds that a JWT names: `exp` − `iat` where it has both, because the backend's clock may differ from ours. */
function jwtLifetime(token: unknown, nowMs: number): number | undefined {
  const { exp, iat } = claimsOf(token) ?? {};
  if (typeof exp !== 'number') return undefined;
  return typeof iat === 'number' ? exp - iat : exp - nowMs / 1000;
}

/**
 * Reads the claims of a JWT; `null` where it is none.
 *
 * Its signature is not checked: the backend itself has just sent it over the connection that we opened.
 */
export function claimsOf(token: unknown): TokenResponse | null {
  try {
    return typeof token === 'string' ? decodeJwt(token) : null;
  } catch {
    return null;
  }
}

/** Reads the user out of an answer or a JWT's claims; the login name stands in for a name that is missing. */
export function readUserFrom(found: unknown, { id, name }: UserSource, loginName: string): User | null {
  if (typeof found !== 'object' || found === null) return null;
  const given = found as Readonly<Record<string, unknown>>;
  const plain = {
    ...given,
    sub: (id === undefined ? undefined : valueAt(given, id)) ?? given['sub'] ?? given['id'],
    name: (name === undefined ? undefined : valueAt(given, name)) ?? given['name'] ?? given['username'],
  };
  return readUser(plain, loginName);
}
