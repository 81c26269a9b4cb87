/** How this app proves to the token endpoint who it is; `private_key_jwt` and DPoP have their place here. */
export const CLIENT_AUTH = [
  'auto',
  'client_secret_basic',
  'client_secret_basic_raw',
  'client_secret_post',
  'none',
] as const;

/** How OIDC mode speaks with the provider. */
export interface OidcSettings {
  readonly issuer: URL;
  readonly clientId: string;
  /** `null` for a public client. */
  readonly clientSecret: string | null;
  readonly clientAuth: (typeof CLIENT_AUTH)[number];
  readonly scope: string;
  /** Whether the scope is our own default, from which a scope that the provider does not have is left out. */
  readonly isDefaultScope: boolean;
  /** Sent with every authorization request; the login's own parameters win. */
  readonly prompt: string | null;
  /** Sent with the authorization request besides our own, such as `audience` or `resource`. */
  readonly params: Readonly<Record<string, string>>;
  /** The parameters that `GET /api/login` may pass on. */
  readonly loginParams: readonly string[];
  /** What `GET /api/login?signup` adds, so that the provider shows its sign-up page. */
  readonly signupParams: Readonly<Record<string, string>>;
  /** Whether the ID token is kept in the seal, for the provider's logout. */
  readonly keepsIdToken: boolean;
  /** Where the provider ends its own session; `null`: as it announces, `none`: nowhere. */
  readonly logoutUrl: string | null;
  /** What besides `invalid_grant` says that a refresh token is dead: OAuth error words, or a status without one. */
  readonly refusedBy: readonly string[];
}

/** The variables of OIDC mode, as `variables.ts` has checked them. */
export interface OidcVariables {
  readonly OIDC_ISSUER?: URL | undefined;
  readonly OIDC_CLIENT_ID?: string | undefined;
  readonly OIDC_CLIENT_SECRET?: string | undefined;
  readonly OIDC_CLIENT_AUTH: OidcSettings['clientAuth'];
  readonly OIDC_SCOPE: string;
  readonly OIDC_PROMPT?: string | undefined;
  readonly OIDC_PARAMS?: string | undefined;
  readonly OIDC_LOGIN_PARAMS: readonly string[];
  readonly OIDC_SIGNUP_PARAMS: string;
  readonly OIDC_ID_TOKEN_HINT: string;
  readonly OIDC_LOGOUT_URL?: string | undefined;
  readonly OIDC_REFUSED?: readonly string[] | undefined;
}

/** The scope when the settings name none. */
export const DEFAULT_SCOPE = 'openid profile email offline_access';

const query = (text: string | undefined) => Object.fromEntries(new URLSearchParams(text ?? ''));

/** Puts the settings of OIDC mode together; `null` in password mode. */
export function oidcSettings(
  env: OidcVariables,
  isSwitchedOn: (text: string) => boolean,
): OidcSettings | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret = null } = env;
  if (!issuer || !clientId) return null;
  return {
    issuer,
    clientId,
    clientSecret,
    clientAuth: env.OIDC_CLIENT_AUTH,
    scope: env.OIDC_SCOPE,
    isDefaultScope: env.OIDC_SCOPE === DEFAULT_SCOPE,
    prompt: env.OIDC_PROMPT ?? null,
    params: query(env.OIDC_PARAMS),
    loginParams: env.OIDC_LOGIN_PARAMS,
    signupParams: query(env.OIDC_SIGNUP_PARAMS),
    keepsIdToken: isSwitchedOn(env.OIDC_ID_TOKEN_HINT),
    logoutUrl: env.OIDC_LOGOUT_URL ?? null,
    refusedBy: env.OIDC_REFUSED ?? [],
  };
}

/** The variables that OIDC mode still lacks: they belong together, but a public client has no secret. */
export function missingForOidc(given: Readonly<Record<string, string | undefined>>): readonly string[] {
  const isPublic = given['OIDC_CLIENT_AUTH'] === 'none';
  const names = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', ...(isPublic ? [] : ['OIDC_CLIENT_SECRET'])];
  const missing = names.filter((name) => !given[name]);
  return missing.length < names.length ? missing : [];
}
