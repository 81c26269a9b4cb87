import { z } from 'zod';
import { DEFAULT_COOKIE_NAME } from '../../contract/hint.ts';
import { LOCALES } from '../../contract/locale.ts';
import { mayBeReturned, mayBeSent } from '../proxy/headerLists.ts';
import { PRESETS, type PresetName } from '../issuers/password/presets.ts';
import { keyringOf } from './keyring.ts';
import { CLIENT_AUTH, DEFAULT_SCOPE } from './oidc.ts';
import { readRedisAddress } from './redisAddress.ts';

const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];

const isLoopback = ({ hostname }: URL) => /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
const isHttp = ({ protocol }: URL) => protocol === 'http:' || protocol === 'https:';

/** An origin; `*` may stand for a part of its first label, above a domain of at least two labels. */
const ORIGIN = /^https?:\/\/(([a-z\d-]*\*[a-z\d-]*\.)?([a-z\d-]+\.)*[a-z\d-]+|\[[\da-f:]+\])(:\d{1,5})?$/i;
function isOrigin(text: string): boolean {
  const plain = text.replace('*', 'any');
  if (!ORIGIN.test(text) || !URL.canParse(plain)) return false;
  const address = new URL(plain);
  const isWide = text.includes('*') && !isLoopback(address) && address.hostname.split('.').length < 3;
  return !isWide && (address.protocol === 'https:' || isLoopback(address));
}

const url = z
  .string()
  .refine((value) => URL.canParse(value) && isHttp(new URL(value)), 'must be an http or https address')
  .transform((value) => new URL(value));
/** Goes into the log at the start, so it holds no credentials. */
const plainUrl = url.refine(
  ({ username, password, search, hash }) => !(username || password || search || hash),
  'must be an address without user, query or fragment',
);
const count = (fallback: number, max = 2 ** 31) =>
  z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(1, 'must be 1 or more')
    .max(max, `must be ${max} or less`)
    .default(fallback);
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
/** A path, with a query where the backend wants one, or an absolute address; a method before it replaces `POST`. */
const AUTH_PATH = /^((GET|POST|PUT|DELETE) )?(\/|https?:\/\/[^/\s])[^\s#\\]*$/;
const authPath = z
  .string()
  .refine(
    (value) => AUTH_PATH.test(value) && URL.canParse(value.replace(/^[A-Z]+ /, ''), 'http://reseal.invalid'),
    'must be a path such as /auth/login, or an absolute address',
  )
  .optional();
const text = z.string().optional();
/** Reads a flag that was checked. */
export const isSwitchedOn = (text: string): boolean => /^(1|true|on|yes)$/i.test(text);
const flag = (fallback: string) =>
  z
    .string()
    .regex(/^(1|true|on|yes|0|false|off|no)$/i, 'must be 1 or 0')
    .default(fallback);
const query = z
  .string()
  .regex(
    /^[\w%.:/~+-]+=[^&#\s]*(&[\w%.:/~+-]+=[^&#\s]*)*$/,
    'must be a query such as audience=https://api.example',
  );

const redis = z
  .string()
  .transform(readRedisAddress)
  .refine(
    (address) => address !== null,
    'must be redis://host:port, redis-cluster://host:port,host:port or redis-sentinel://host:port,host:port#group, ' +
      'or the same with rediss for TLS; special characters in the password percent-encoded',
  );

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const passwords = list
  .refine(
    (all) => all.length > 0,
    'is needed: 32 or more random characters, for instance from `openssl rand -base64 32`',
  )
  .refine(
    (all) => all.every((one) => one.length >= 32),
    'must be 32 or more characters each (several: comma-separated, newest first)',
  )
  .transform((all) => keyringOf(all as [string, ...string[]]));

const prefixes = list
  .refine(
    (all) => all.length > 0,
    'is needed: the path prefixes that the proxy may forward, for instance `/notes,/me`',
  )
  .refine(
    (all) =>
      all.every(
        (one) => /^\/[\w~!$&'()+=:@.-]+(\/[\w~!$&'()+=:@.-]+)*\/?$/.test(one) && !/\/\.\.?(\/|$)/.test(one),
      ),
    'must be plain prefixes such as /notes or /api/v1',
  )
  .transform((all) => all.map((one) => one.replace(/\/$/, '')));

/** Names of headers that the proxy lets through besides its own list. */
const headerNames = (mayPass: (name: string) => boolean) =>
  list
    .refine(
      (all) => all.every((one) => /^[A-Za-z\d-]+$/.test(one)),
      'must be header names such as X-Tenant-Id',
    )
    .refine(
      (all) => all.every(mayPass),
      'must not name a header that the proxy writes itself, a cookie, a credential or a security policy',
    );

/** Which token the proxy attaches to a call. */
const UPSTREAM_TOKENS = ['user', 'none', 'user-or-none', 'client'] as const;
export type UpstreamToken = (typeof UPSTREAM_TOKENS)[number];

/** Every variable, checked on its own, with a description where it is needed; `env.ts` checks them against each other. */
export const variables = z.object({
  UPSTREAM_URL: plainUrl.describe('the API behind Reseal, such as https://api.example.com'),
  UPSTREAM_PATHS: prefixes.describe('the path prefixes that the proxy forwards, such as /notes,/me'),
  UPSTREAM_TOKEN: z
    .enum(UPSTREAM_TOKENS, { error: `must be one of ${UPSTREAM_TOKENS.join(', ')}` })
    .default('user'),
  UPSTREAM_CLIENT_PARAMS: query.optional(),
  // RFC 8707 §2
  UPSTREAM_RESOURCE: z
    .string()
    .refine(
      (value) => URL.canParse(value) && /^[^\s#]+$/.test(value),
      'must be an absolute URI without a fragment, such as https://api.example.com',
    )
    .optional(),
  // RFC 6749 §3.3
  UPSTREAM_SCOPE: z
    .string()
    .regex(/^[!#-[\]-~]+( [!#-[\]-~]+)*$/, 'must be scopes with a space between them, such as invoices.read')
    .optional(),
  UPSTREAM_AUDIENCE: z.string().regex(/^\S+$/, 'must be a name without spaces, such as billing').optional(),
  UPSTREAM_EXCHANGE: flag('0'),
  UPSTREAM_WEBSOCKETS: flag('0'),
  UPSTREAM_TIMEOUT_MS: count(30_000),
  UPSTREAM_REQUEST_HEADERS: headerNames(mayBeSent).optional(),
  UPSTREAM_RESPONSE_HEADERS: headerNames(mayBeReturned).optional(),
  UPSTREAM_CONCURRENCY_PER_SESSION: count(256),
  UPSTREAM_CONCURRENCY: count(4096),
  SESSION_PASSWORD: passwords.describe(
    '32 or more random characters, such as `openssl rand -base64 32` prints',
  ),
  SESSION_IDLE_SECONDS: count(14 * 86_400),
  SESSION_MAX_SECONDS: count(30 * 86_400),
  REFRESH_GRACE_SECONDS: count(300),
  REFRESH_TIMEOUT_MS: count(10_000, 120_000),
  KEEP_ALIVE_TIMEOUT_MS: count(65_000),
  SHUTDOWN_DELAY_MS: count(1000),
  SHUTDOWN_TIMEOUT_MS: count(10_000),
  APP_URL: url
    .refine(
      (app) => app.protocol === 'https:' || isLoopback(app),
      'must be https: without it browsers would send the session in the clear',
    )
    .refine(
      ({ username, password, pathname, search, hash }) =>
        pathname === '/' && !(username || password || search || hash),
      'must be an origin without path, query or user: Reseal serves the root of its host',
    )
    .describe('where people reach this app, such as https://app.example.com'),
  APP_ORIGINS: list
    .refine(
      (all) => all.every(isOrigin),
      'must be origins such as https://a.example or https://*.preview.example, with https unless they are loopback',
    )
    .transform((all) => all.map((one) => one.toLowerCase()))
    .optional(),
  REDIS_URL: redis.optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  SESSION_STORE: z
    .enum(['sqlite', 'redis', 'memory'], { error: 'must be sqlite, redis or memory' })
    .optional(),
  DATA_DIR: z.string().default('.reseal'),
  OIDC_ISSUER: plainUrl.optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_CLIENT_AUTH: z
    .enum(CLIENT_AUTH, { error: `must be one of ${CLIENT_AUTH.join(', ')}` })
    .default('auto'),
  OIDC_SCOPE: z.string().default(DEFAULT_SCOPE),
  OIDC_PROMPT: z
    .string()
    .regex(/^[a-z_]+( [a-z_]+)*$/, 'must be a prompt such as consent')
    .optional(),
  OIDC_PARAMS: query.optional(),
  OIDC_LOGIN_PARAMS: list.default(['prompt', 'login_hint', 'acr_values', 'max_age', 'ui_locales']),
  OIDC_SIGNUP_PARAMS: query.default('prompt=create'),
  OIDC_ID_TOKEN_HINT: flag('0'),
  OIDC_LOGOUT_URL: z
    .string()
    .refine(
      (value) => value === 'none' || (URL.canParse(value) && isHttp(new URL(value))),
      'must be an http or https address, or none',
    )
    .optional(),
  SESSION_REUSE: z.enum(['log', 'end'], { error: 'must be log or end' }).default('log'),
  OIDC_REFUSED: list.optional(),
  USER_CLAIMS: list
    .refine(
      (all) => all.every((one) => /^(?!(id|name)(=|$))\w+(=\S+)?$/.test(one)),
      'must be names such as roles, or name=path such as roles=realm_access.roles',
    )
    .transform((all) => all.map((one) => ({ name: one.replace(/=.*/, ''), path: one.replace(/^\w+=/, '') })))
    .optional(),
  AUTH_DIALECT: z
    .enum(PRESET_NAMES, { error: `must be one of ${PRESET_NAMES.join(', ')}` })
    .default('oauth2'),
  AUTH_URL: url.optional(),
  AUTH_LOGIN_PATH: authPath,
  AUTH_REFRESH_PATH: authPath,
  AUTH_LOGOUT_PATH: z.union([z.literal('none'), authPath], {
    error: 'must be a path such as /auth/logout, or none',
  }),
  AUTH_ME_PATH: authPath,
  AUTH_USERNAME_FIELD: z
    .string()
    .regex(/^[\w.-]+$/, 'must be the name of a field, such as email')
    .optional(),
  AUTH_CLIENT_ID: text,
  AUTH_CLIENT_SECRET: text,
  AUTH_API_KEY: text,
  PROXY_REFRESH: z
    .enum(['never', 'without-interceptor', 'always'], {
      error: 'must be never, without-interceptor or always',
    })
    .default('without-interceptor'),
  BASE_PATH: z
    .string()
    .regex(/^(\/[\w~.-]+)+$/, 'must be a path such as /shop')
    .optional(),
  LOGIN_PAGE: z
    .string()
    .regex(/^(\/[\w.-]+)+$/, 'must be a path such as /login')
    .default('/login'),
  START_PAGE: z
    .string()
    .regex(/^\/([\w.-]+(\/[\w.-]+)*)?$/, 'must be a path such as /notes')
    .default('/notes'),
  LOCALES: list
    .refine(
      (all) => all.every((one) => /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(one)),
      'must be language codes such as en,pt-BR',
    )
    .default([...LOCALES]),
  SIGNUP_URL: z
    .string()
    .regex(
      /^(https?:\/\/[\w.-]+(:\d+)?(\/[^\s"'<>\\]*)?|\/(?!\/)[^\s"'<>\\]*)$/,
      'must be an address or a path such as /api/login?signup',
    )
    .optional(),
  // Lower case without `_` and `.`: no app's hint, transaction or chunk is then called like another app's seal.
  COOKIE_NAME: z
    .string()
    .regex(
      /^(?!http-)[a-z][a-z\d-]{0,31}$/,
      'must be a name such as shop (lower-case letters, digits and hyphens); the prefix __Host- is added on https',
    )
    .default(DEFAULT_COOKIE_NAME),
  COOKIE_SAME_SITE: z.enum(['strict', 'lax'], { error: 'must be strict or lax' }).default('strict'),
  LAB: flag('0'),
  LOG_LEVEL: z.enum(LEVELS, { error: `must be one of ${LEVELS.join(', ')}` }).default('info'),
  METRICS_TOKEN: z.string().min(16, 'must be 16 or more characters').optional(),
  HSTS: z
    .string()
    .regex(
      /^(off|max-age=\d{1,10}(; includeSubDomains)?(; preload)?)$/,
      'must be off or a value such as max-age=63072000; includeSubDomains',
    )
    .default('max-age=63072000'),
  CSP_REPORT_URI: z
    .string()
    .regex(
      /^(https:\/\/[\w.:-]+)?\/[\w\-./~%?=&]*$/,
      'must be an https address or a path of this site, without ; , and quotes',
    )
    .optional(),
  TRUSTED_PROXIES: z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(0, 'must be 0 or more')
    .default(0),
});
