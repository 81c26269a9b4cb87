import type { z } from 'zod';
import { headerLists } from '../proxy/headerLists.ts';
import { kindOf, ResealError } from '../resealError.ts';
import { authPathsOf, missingForDialect, passwordSettings } from './password.ts';
import { missingForOidc, oidcSettings, type OidcSettings } from './oidc.ts';
import type { UserClaim } from '../issuers/userClaims.ts';
import {
  allUpstreams,
  disagreements,
  paramsOf,
  readNamedUpstreams,
  type UpstreamsOfSettings,
} from './upstreams.ts';
import { resourceOf } from './resources.ts';
import { isSwitchedOn, variables } from './variables.ts';
import { weaknessOf } from './weakPassword.ts';
import type { Keyring } from './keyring.ts';
import type { RedisAddress } from './redisAddress.ts';

/** What the environment says, checked and typed; `docs` and `.env.example` list the variables. */
export interface Settings extends UpstreamsOfSettings {
  readonly keyring: Keyring;
  readonly idleMs: number;
  readonly maxMs: number;
  readonly graceMs: number;
  /** What happens when a superseded cookie is used after the grace period, beside its refusal. */
  readonly sessionReuse: 'log' | 'end';
  readonly refreshTimeoutMs: number;
  /** Where the proxy refreshes an expired token itself, without a cookie. */
  readonly proxyRefresh: 'never' | 'without-interceptor' | 'always';
  /** What stands before `/api` and `/login` where the host app has a base path, such as `/shop`; '' where it has none. */
  readonly basePath: string;
  /** The page that shows the login form and explains failed logins, below `basePath`. */
  readonly loginPage: string;
  /** Where a login leads that names no other place, below `basePath`. */
  readonly startPage: string;
  /** The languages that may stand before the paths of pages. */
  readonly locales: readonly string[];
  /** Where people get an account, as the login page offers it; `null` where it offers none. */
  readonly signupUrl: string | null;
  readonly sameSite: 'strict' | 'lax';
  /** What the names of all cookies begin with, so that several apps of one host keep theirs apart. */
  readonly cookieName: string;
  /** How long a connection without a request is kept; load balancers keep theirs for 60 s. */
  readonly keepAliveMs: number;
  /** How long a process serves on after the signal to stop, so that load balancers notice. */
  readonly shutdownDelayMs: number;
  /** How long requests then have to finish; refreshes in flight have their own bound. */
  readonly shutdownTimeoutMs: number;
  readonly appUrl: URL;
  /** Further origins of this app, of the same scheme; `*` in the first label stands for letters, digits and hyphens. */
  readonly appOrigins: readonly string[];
  readonly store: StoreSettings;
  readonly oidc: OidcSettings | null;
  /** Further claims that `SessionInfo.user` shows. */
  readonly userClaims: readonly UserClaim[];
  readonly lab: boolean;
  readonly metricsToken: string | null;
  /** How many reverse proxies in front of us append to `X-Forwarded-For`. */
  readonly trustedProxies: number;
  /** The value of `Strict-Transport-Security`; `null` where none is sent. */
  readonly hsts: string | null;
  readonly logLevel: string;
}

/** Where sessions are remembered: in Redis, in a file of a folder, or in this process alone. */
export type StoreSettings =
  | { readonly kind: 'redis'; readonly address: RedisAddress; readonly sentinelPassword: string | null }
  | { readonly kind: 'sqlite'; readonly dir: string }
  | { readonly kind: 'memory' };

/** The settings are missing or wrong; one readable line each, none repeats a value. */
export class SettingsError extends ResealError {
  readonly code: string = 'misconfigured';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super('SettingsError', `Reseal cannot start:\n${lines.map((line) => `  - ${line}`).join('\n')}`);
    this.lines = lines;
  }
}

/** Tells whether the settings are what is wrong. */
export const isSettingsError = (error: unknown): error is SettingsError => kindOf(error) === 'SettingsError';

/**
 * Reads the settings, with defaults where the build is not for production.
 *
 * @throws {SettingsError} naming every variable that is missing or wrong.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const production = given['NODE_ENV'] === 'production';
  const fallback = production ? {} : { APP_URL: `http://localhost:${given['PORT'] ?? '3000'}`, LAB: '1' };
  const parsed = variables.safeParse({ ...fallback, ...given });
  const issues = parsed.error?.issues ?? [];
  const lines = issues
    .filter(({ path: [name] }, at) => issues.findIndex(({ path: [other] }) => other === name) === at)
    .map((issue) => {
      const name = String(issue.path[0]);
      return lineOf(issue, variables.shape[name as keyof typeof variables.shape], name);
    });
  const further = readNamedUpstreams(given, lineOf);
  lines.push(...further.lines);
  const env = parsed.data;
  const missing = missingForOidc(given);
  if (missing.length > 0) lines.push(`${missing.join(' and ')} must be set too: OIDC_* belong together.`);
  if (production && env) {
    const weakness = Object.values(env.SESSION_PASSWORD.open).map(weaknessOf).find(Boolean);
    if (weakness) lines.push(`SESSION_PASSWORD ${weakness}: take what \`openssl rand -base64 32\` prints.`);
  }
  const store = env && storeOf(env, production);
  if (store === null) lines.push('REDIS_URL is missing: SESSION_STORE=redis needs it.');
  if (env) lines.push(...conflictsIn(env));
  if (!env || !store || lines.length > 0) throw new SettingsError(lines);
  const password = passwordSettings(env, env.UPSTREAM_URL);
  const settings = {
    ...defaultUpstream(env),
    upstreams: further.upstreams,
    keyring: env.SESSION_PASSWORD,
    idleMs: env.SESSION_IDLE_SECONDS * 1000,
    maxMs: env.SESSION_MAX_SECONDS * 1000,
    graceMs: env.REFRESH_GRACE_SECONDS * 1000,
    sessionReuse: env.SESSION_REUSE,
    refreshTimeoutMs: env.REFRESH_TIMEOUT_MS,
    proxyRefresh: env.PROXY_REFRESH,
    ...pages(env),
    sameSite: env.COOKIE_SAME_SITE,
    cookieName: env.COOKIE_NAME,
    keepAliveMs: env.KEEP_ALIVE_TIMEOUT_MS,
    shutdownDelayMs: env.SHUTDOWN_DELAY_MS,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    appUrl: env.APP_URL,
    appOrigins: env.APP_ORIGINS ?? [],
    store,
    oidc: oidcSettings(env, isSwitchedOn),
    userClaims: env.USER_CLAIMS ?? [],
    password,
    authPaths: authPathsOf(password, env.UPSTREAM_URL),
    lab: isSwitchedOn(env.LAB),
    metricsToken: env.METRICS_TOKEN ?? null,
    trustedProxies: env.TRUSTED_PROXIES,
    hsts: env.HSTS === 'off' ? null : env.HSTS,
    logLevel: env.LOG_LEVEL,
  };
  const disagreeing = disagreements(allUpstreams(settings), settings);
  if (disagreeing.length > 0) throw new SettingsError(disagreeing);
  return settings;
}

/** Where the pages of the host app are. */
function pages(env: z.output<typeof variables>) {
  return {
    basePath: env.BASE_PATH ?? '',
    loginPage: env.LOGIN_PAGE,
    startPage: env.START_PAGE,
    locales: env.LOCALES,
    signupUrl: env.SIGNUP_URL ?? null,
  };
}

function defaultUpstream(env: z.output<typeof variables>) {
  return {
    upstreamUrl: env.UPSTREAM_URL,
    upstreamPaths: env.UPSTREAM_PATHS,
    upstreamToken: env.UPSTREAM_TOKEN,
    upstreamClientParams: paramsOf(env.UPSTREAM_CLIENT_PARAMS),
    upstreamResource: resourceOf(
      { resource: env.UPSTREAM_RESOURCE, scope: env.UPSTREAM_SCOPE, audience: env.UPSTREAM_AUDIENCE },
      isSwitchedOn(env.UPSTREAM_EXCHANGE),
    ),
    upstreamWebsockets: isSwitchedOn(env.UPSTREAM_WEBSOCKETS),
    upstreamTimeoutMs: env.UPSTREAM_TIMEOUT_MS,
    headerLists: headerLists(env.UPSTREAM_REQUEST_HEADERS ?? [], env.UPSTREAM_RESPONSE_HEADERS ?? []),
    callLimits: { perSession: env.UPSTREAM_CONCURRENCY_PER_SESSION, total: env.UPSTREAM_CONCURRENCY },
  };
}

function storeOf(env: z.output<typeof variables>, production: boolean): StoreSettings | null {
  const kind = env.SESSION_STORE ?? (env.REDIS_URL ? 'redis' : production ? 'sqlite' : 'memory');
  if (kind === 'sqlite') return { kind, dir: env.DATA_DIR };
  if (kind === 'memory') return { kind };
  const sentinelPassword = env.REDIS_SENTINEL_PASSWORD ?? null;
  return env.REDIS_URL ? { kind, address: env.REDIS_URL, sentinelPassword } : null;
}

/** What is wrong although each variable alone is right. */
function* conflictsIn(env: z.output<typeof variables>): Generator<string> {
  const absent = env.OIDC_ISSUER ? [] : missingForDialect(env);
  if (absent.length > 0)
    yield `${absent.join(' and ')} must be set too: AUTH_DIALECT=${env.AUTH_DIALECT} needs it.`;
  if (env.APP_ORIGINS?.some((origin) => !origin.startsWith(env.APP_URL.protocol)))
    yield 'APP_ORIGINS must have the scheme of APP_URL: it decides how cookies are called.';
}

function lineOf(issue: z.core.$ZodIssue, type: z.ZodType | undefined, name: string): string {
  const absent = issue.code === 'invalid_type' && issue.message.includes('undefined');
  return absent ? `${name} is missing: ${type?.description}.` : `${name} ${issue.message}.`;
}
