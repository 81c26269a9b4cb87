import { readFileSync } from 'node:fs';
import { newBoxKey } from '../server/store/tokenBox.ts';
import type { Settings } from '../server/settings/fromEnv.ts';
import { readTokenPair, type TokenResponse } from '../server/issuers/tokenResponse.ts';
import { createMetrics } from '../server/ops/metrics.ts';
import { isApiError } from '../server/http/problem.ts';
import { createSessionCookies } from '../server/session/cookies.ts';

/** One line of the doctor's: what was looked at, what it came to and, where that is not well, what to do. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'note' | 'warn' | 'fail';
  readonly what: string;
  readonly todo?: string;
}

const HEADER_BYTES = 8192;

/** Estimates what a password is worth: characters that repeat or run in a row are worth little. */
export function checkKeys(settings: Settings): Finding[] {
  const passwords = Object.values(settings.keyring.open);
  return passwords.map((password, index) => {
    const check = `key ${index + 1} of ${passwords.length}`;
    const distinct = new Set(password).size;
    const isGuessable =
      distinct < 12 || /^(.+?)\1+$/.test(password) || /password|secret|changeme/i.test(password);
    return isGuessable
      ? {
          check,
          state: 'fail',
          what: `${password.length} characters, but of few kinds or of words`,
          todo: 'put `openssl rand -base64 32` in front of SESSION_PASSWORD, drop this one after SESSION_MAX_SECONDS',
        }
      : { check, state: 'ok', what: `${password.length} characters, ${distinct} different` };
  });
}

/** Seals a session with a token as large as a real one and reads the cookies as a browser would. */
export async function checkSeal(settings: Settings, tokenFile: string | undefined): Promise<Finding[]> {
  const nowMs = Date.now();
  const sample: TokenResponse = tokenFile
    ? (JSON.parse(readFileSync(tokenFile, 'utf8')) as TokenResponse)
    : { access_token: 'a'.repeat(1200), refresh_token: 'r'.repeat(200), expires_in: 300 };
  const pair = readTokenPair(sample, nowMs, null);
  if (!pair) {
    const todo = 'save the JSON answer of the token endpoint into that file';
    return [{ check: 'seal size', state: 'fail', what: 'the token file holds no access_token', todo }];
  }
  const session = {
    id: 'x'.repeat(22), version: 1, user: { id: 'x'.repeat(36), name: 'x'.repeat(60), email: 'x'.repeat(60) }, pair,
    boxKey: newBoxKey(), epoch: 0, createdAtMs: nowMs, sid: 'x'.repeat(36),
  }; // prettier-ignore
  let cookies: readonly string[];
  try {
    cookies = await createSessionCookies(settings, createMetrics()).seal(undefined, session, settings.idleMs);
  } catch (error) {
    if (!isApiError(error)) throw error;
    const todo = 'ask for fewer scopes and claims, or have the provider give shorter (opaque) access tokens';
    return [{ check: 'seal size', state: 'fail', what: 'the tokens do not fit into the cookies', todo }];
  }
  const bytes = cookies.reduce((sum, cookie) => sum + cookie.indexOf(';') + 2, 'Cookie: '.length);
  const source = tokenFile ? 'with the real token' : 'with a made-up token of 1.2 KB';
  const what = `${bytes} bytes in ${cookies.length} cookies ${source}, ${HEADER_BYTES - bytes} left of 8 KB`;
  const sizes: Finding = tokenFile
    ? { check: 'seal size', state: HEADER_BYTES - bytes < 1024 ? 'warn' : 'ok', what }
    : {
        check: 'seal size',
        state: 'note',
        what,
        todo: 'npm run doctor -- --token-response answer.json looks at a real one',
      };
  return [sizes, loginHeaders(cookies, tokenFile !== undefined), ...checkFlags(settings, cookies)];
}

/** Status line, our own headers and those of Next, besides the cookies. */
const OTHER_HEADER_BYTES = 900;

/** Estimates the headers of a login's answer from its cookies. */
function loginHeaders(cookies: readonly string[], isReal: boolean): Finding {
  const bytes = cookies.reduce((sum, cookie) => sum + 'Set-Cookie: '.length + cookie.length + 2, OTHER_HEADER_BYTES); // prettier-ignore
  const finding = responseHeaders(bytes);
  const what = `about ${finding.what}`;
  return { ...finding, what, ...(isReal || finding.state === 'ok' ? {} : { state: 'note' as const }) };
}

/** Weighs the headers of a login's answer against what proxies take by default, and names the directive. */
export function responseHeaders(bytes: number): Finding {
  const check = 'login headers';
  if (bytes > 8192)
    return {
      check,
      state: 'warn',
      what: `${bytes} bytes: above 8 KB`,
      todo: 'nginx: proxy_buffer_size 16k; Apache: responsefieldsize=16384; ingress-nginx: proxy-buffer-size (deploy/)',
    };
  if (bytes > 4096)
    return {
      check,
      state: 'warn',
      what: `${bytes} bytes: above 4 KB, where nginx answers 502 by default`,
      todo: 'nginx: proxy_buffer_size 16k (deploy/nginx.conf)',
    };
  return { check, state: 'ok', what: `${bytes} bytes: below the 4 KB that nginx takes by default` };
}

/** Weighs the `Cookie` header that each request will bring. */
export function requestHeader(bytes: number): Finding {
  const check = 'request headers';
  const what = `the cookies take ${bytes} bytes of each request`;
  const todo = 'nginx: large_client_header_buffers 4 16k; Apache: LimitRequestFieldSize 16380 (deploy/)';
  return bytes > 6500
    ? { check, state: 'warn', what: `${what}: close to the 8 KB that proxies take by default`, todo }
    : { check, state: 'ok', what };
}

/** Compares how long a connection without a request is kept: a proxy that keeps it for longer sends into a closed one. */
export function checkKeepAlive({ keepAliveMs }: Pick<Settings, 'keepAliveMs'>, idleSeconds: number): Finding {
  const check = 'keep-alive';
  const what = `${keepAliveMs / 1000} s, and the balancer keeps idle connections for ${idleSeconds} s`;
  return keepAliveMs > idleSeconds * 1000
    ? { check, state: 'ok', what }
    : {
        check,
        state: 'warn',
        what: `${what}: now and then it will answer 502`,
        todo: `set KEEP_ALIVE_TIMEOUT_MS=${(idleSeconds + 5) * 1000}, or shorten the balancer's`,
      };
}

function checkFlags(settings: Settings, cookies: readonly string[]): Finding[] {
  const seal = cookies[0] ?? '';
  const isRight = /; HttpOnly/i.test(seal) && /; SameSite=Strict/i.test(seal) && /; Path=\//i.test(seal);
  if (!isRight || /; Domain/i.test(seal))
    return [
      {
        check: 'cookie flags',
        state: 'fail',
        what: 'the seal is not HttpOnly, Strict, Path=/',
        todo: 'report this: it is a bug',
      },
    ];
  if (settings.appUrl.protocol === 'https:' && /^__Host-Http-.*; Secure/i.test(seal))
    return [
      { check: 'cookie flags', state: 'ok', what: '__Host-Http-, Secure, HttpOnly, SameSite=Strict, Path=/' },
    ];
  const todo = 'for anything but your own machine set APP_URL to https';
  return [
    {
      check: 'cookie flags',
      state: 'warn',
      what: 'HttpOnly, SameSite=Strict, but not Secure: APP_URL is http',
      todo,
    },
  ];
}
