import type { Dialect, DialectCall, Template } from '../issuers/password/dialect.ts';
import { PRESET_NEEDS, PRESETS, type PresetName } from '../issuers/password/presets.ts';
import { targetOf, type Values } from '../issuers/password/template.ts';

/** How password mode speaks with the backend that issues the tokens. */
export interface PasswordSettings {
  readonly dialect: Dialect;
  /** The address that the dialect's paths are below. */
  readonly baseUrl: URL;
  readonly values: Values;
}

/** The variables that shape the dialect, as `variables.ts` has checked them. */
export interface AuthVariables {
  readonly AUTH_DIALECT: PresetName;
  readonly AUTH_URL?: URL | undefined;
  readonly AUTH_LOGIN_PATH?: string | undefined;
  readonly AUTH_REFRESH_PATH?: string | undefined;
  /** `none` where the backend has no logout. */
  readonly AUTH_LOGOUT_PATH?: string | undefined;
  readonly AUTH_ME_PATH?: string | undefined;
  readonly AUTH_USERNAME_FIELD?: string | undefined;
  readonly AUTH_CLIENT_ID?: string | undefined;
  readonly AUTH_CLIENT_SECRET?: string | undefined;
  readonly AUTH_API_KEY?: string | undefined;
}

/** Puts the dialect together: a preset and what the settings change of it. */
export function passwordSettings(env: AuthVariables, upstreamUrl: URL): PasswordSettings {
  const preset: Dialect = PRESETS[env.AUTH_DIALECT];
  const at = <T extends DialectCall>(call: T, path: string | undefined): T =>
    path === undefined ? call : { ...call, path };
  const { AUTH_USERNAME_FIELD: field, AUTH_ME_PATH: me } = env;
  const login = at(preset.login, env.AUTH_LOGIN_PATH);
  return {
    dialect: {
      ...preset,
      login:
        field === undefined || !login.body ? login : { ...login, body: withUsernameIn(login.body, field) },
      refresh: at(preset.refresh, env.AUTH_REFRESH_PATH),
      logout:
        env.AUTH_LOGOUT_PATH === 'none' || !preset.logout ? null : at(preset.logout, env.AUTH_LOGOUT_PATH),
      ...(me === undefined ? {} : { me }),
    },
    baseUrl: env.AUTH_URL ?? upstreamUrl,
    values: { clientId: env.AUTH_CLIENT_ID, clientSecret: env.AUTH_CLIENT_SECRET, apiKey: env.AUTH_API_KEY },
  };
}

function withUsernameIn(body: Template, field: string): Template {
  const entries = Object.entries(body).map(([name, value]) => {
    if (typeof value === 'object') return [name, withUsernameIn(value, field)];
    return [value === '$username' ? field : name, value];
  });
  return Object.fromEntries(entries) as Template;
}

/** The variables that a preset needs and that are not set. */
export function missingForDialect(env: AuthVariables): readonly string[] {
  return (PRESET_NEEDS[env.AUTH_DIALECT] ?? []).filter((name) => env[name] === undefined);
}

/** The paths of the issuer below the upstream, which the proxy never forwards; `null` for one that is elsewhere. */
export interface AuthPaths {
  readonly login: string | null;
  readonly refresh: string | null;
  readonly logout: string | null;
}

export function authPathsOf({ dialect, baseUrl, values }: PasswordSettings, upstreamUrl: URL): AuthPaths {
  const base = upstreamUrl.pathname.replace(/\/$/, '');
  const below = (call: DialectCall | null): string | null => {
    if (!call) return null;
    const { origin, pathname } = new URL(targetOf(call.path, baseUrl, values).url);
    if (origin !== upstreamUrl.origin || !pathname.startsWith(`${base}/`)) return null;
    return pathname.slice(base.length).replace(/(?<=.)\/$/, '');
  };
  return { login: below(dialect.login), refresh: below(dialect.refresh), logout: below(dialect.logout) };
}

/**
 * Settings for a dialect that is written in code: `composeServer({ ...settings, ...passwordDialect({ … }, settings) })`.
 *
 * @param baseUrl the address that the dialect's paths are below; the upstream's by default
 */
export function passwordDialect(
  dialect: Dialect,
  { upstreamUrl }: { readonly upstreamUrl: URL },
  baseUrl: URL = upstreamUrl,
): { readonly password: PasswordSettings; readonly authPaths: AuthPaths } {
  const password = { dialect, baseUrl, values: {} };
  return { password, authPaths: authPathsOf(password, upstreamUrl) };
}
