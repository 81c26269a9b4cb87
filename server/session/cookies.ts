import { hash } from 'node:crypto';
import { stringifySetCookie } from 'cookie';
import { getIronSession, type SessionOptions } from 'iron-session';
import { LRUCache } from 'lru-cache';
import { DEFAULT_COOKIE_NAME, formatHint, hintCookieOf } from '../../contract/hint.ts';
import type { SealedSession } from './record.ts';
import { sealable } from './tokens.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { Metrics } from '../ops/metrics.ts';
import { openSeal } from './openSeal.ts';
import { ApiError } from '../http/problem.ts';
import { collectingJar, readSealValue } from './sealCookies.ts';

/** Proxies take 8 KB of header in a line; this leaves room for the hint and for the cookies of other apps. */
const MAX_SEAL_BYTES = 7000;
/**
 * iron-session ignores what follows `~`, and compares MACs by their bytes, where the last letter has two unused bits.
 * Only the spelling that it writes itself is taken.
 */
const SEAL_SHAPE = /^Fe26\.2\*\d+\*[\w-]+\*[\w-]+\*[\w-]+\*\d*\*[\w-]+\*[\w-]{42}[AEIMQUYcgkosw048]~2$/;
const OPENED_SEALS = 10_000;

const isSeal = (value: string) => value.length <= MAX_SEAL_BYTES && SEAL_SHAPE.test(value);

/** Makes what seals sessions into `Set-Cookie` values and opens them again. */
export function createSessionCookies(
  {
    keyring,
    appUrl,
    sameSite = 'strict',
    cookieName = DEFAULT_COOKIE_NAME,
  }: Pick<Settings, 'keyring' | 'appUrl'> & Partial<Settings>,
  metrics: Pick<Metrics, 'sealsOpened' | 'sealsRejected'>,
  remembered = OPENED_SEALS,
) {
  const secure = appUrl.protocol === 'https:';
  const name = secure ? `__Host-Http-${cookieName}` : cookieName;
  const hintName = `${secure ? '__Host-' : ''}${hintCookieOf(cookieName)}`;
  const attributes = { path: '/', sameSite, secure } as const;
  const opened = new LRUCache<string, SealedSession>({ max: remembered });

  /** Deadlines are inside the seal, so iron-session keeps none (`ttl: 0`); it would start anew at each save. */
  const ironOptions = (maxAge: number): SessionOptions => ({
    cookieName: name,
    password: keyring.seal,
    ttl: 0,
    chunk: true,
    cookieOptions: { ...attributes, httpOnly: true, maxAge },
  });

  function remember(key: string, session: SealedSession): SealedSession {
    Object.freeze(session.pair);
    Object.freeze(session.user);
    opened.set(key, Object.freeze(session));
    return session;
  }

  const hintCookie = (value: string, maxAge: number) =>
    stringifySetCookie({ ...attributes, name: hintName, value, maxAge });

  return {
    /** Whether a `Cookie` header brings anything that might be a session. */
    isBrought: (cookieHeader: string | undefined): boolean => readSealValue(name, cookieHeader).value !== '',

    /** Opens the session that a `Cookie` header brings; `null` where there is none that we sealed. */
    async open(cookieHeader: string | undefined): Promise<SealedSession | null> {
      const { value, isSeal: isOurs } = readSealValue(name, cookieHeader, isSeal);
      if (value === '') return null;
      if (!isOurs) {
        metrics.sealsRejected.inc();
        return null;
      }
      const key = keyOf(value);
      const known = opened.get(key);
      if (known) return known;
      metrics.sealsOpened.inc();
      const session = openSeal(value.slice(0, value.lastIndexOf('~')), keyring.open, Date.now());
      if (!isSession(session)) {
        metrics.sealsRejected.inc();
        return null;
      }
      return remember(key, session);
    },

    /**
     * Seals a session: the `Set-Cookie` values of the seal and of its hint.
     *
     * @throws {ApiError} `session_too_large` where the tokens do not fit; no cookie is written then
     */
    async seal(
      cookieHeader: string | undefined,
      given: SealedSession,
      maxAgeMs: number,
    ): Promise<readonly string[]> {
      const session = { ...given, pair: sealable(given.pair) };
      const maxAge = Math.max(1, Math.floor(maxAgeMs / 1000));
      const jar = collectingJar(name, cookieHeader);
      const iron = await getIronSession<SealedSession>(jar, ironOptions(maxAge));
      jar.opening = false;
      Object.assign(iron, session);
      await iron.save().catch((cause: unknown) => {
        throw new ApiError('session_too_large', { cause });
      });
      const bytes = jar.written.reduce((sum, cookie) => sum + cookie.indexOf(';'), 0);
      if (bytes > MAX_SEAL_BYTES) throw new ApiError('session_too_large');
      // It comes back with the next request, and opening it is what costs most. As it will be read: a copy, from JSON.
      remember(keyOf(jar.value), JSON.parse(JSON.stringify(session)) as SealedSession);
      return [...jar.written, hintCookie(formatHint(session), maxAge)];
    },

    /** Makes the `Set-Cookie` values that clear both cookies. */
    async clear(cookieHeader: string | undefined): Promise<readonly string[]> {
      const jar = collectingJar(name, cookieHeader);
      const iron = await getIronSession<SealedSession>(jar, ironOptions(0));
      jar.opening = false;
      iron.destroy();
      return [...jar.written, hintCookie('', 0)];
    },
  };
}

export type SessionCookies = ReturnType<typeof createSessionCookies>;

/** The whole value is the key: a seal that differs in one character is another seal. */
const keyOf = (value: string) => hash('sha256', value, 'base64');

function isSession(value: unknown): value is SealedSession {
  const session = value as Partial<SealedSession> | null;
  return (
    typeof session?.id === 'string' &&
    typeof session.version === 'number' &&
    typeof session.pair?.accessToken === 'string'
  );
}
