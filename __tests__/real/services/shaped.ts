import type { ProviderShape } from '../../support/scriptedProvider.ts';

const TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** A provider that cannot run here, as its documentation describes it. */
export interface Shaped {
  readonly host: string;
  readonly issuer: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly shape: ProviderShape;
  /** Settings that are wrong before this provider, and what the doctor says of them. */
  readonly wrong: readonly (readonly [settings: Record<string, string>, line: RegExp])[];
}

export const SECRET = 'a.secret_of-the~app';
/** By form or by Basic, as both providers announce. */
export const acceptsClient: NonNullable<ProviderShape['acceptsClient']> = (req, form) => {
  const basic = Buffer.from(req.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
  const given = form.get('client_secret') ?? decodeURIComponent(basic.split(':')[1] ?? '');
  return given === SECRET;
};
const WRONG_SECRET = [{ OIDC_CLIENT_SECRET: 'wrong' }, /FAIL {2}provider, this app/] as const;

/** What Microsoft's and Google's documentation say of their providers, as far as Reseal meets it. */
export const SHAPED: Record<string, Shaped> = {
  'Entra ID, common': {
    host: 'login.microsoftonline.com',
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    settings: {},
    wrong: [
      WRONG_SECRET,
      [{ OIDC_PROMPT: 'consent' }, /FAIL {2}provider, authorization .*access_denied\n.*see OIDC_PROMPT/],
      [{ OIDC_SCOPE: 'openid profile' }, /WARN {2}provider, habits .*\n.*offline_access to OIDC_SCOPE/],
      [{ OIDC_ISSUER: `https://login.microsoftonline.com/${TENANT}/v2.0` }, /FAIL {2}provider /],
    ],
    shape: {
      path: '/common/v2.0',
      // The issuer is a template, and each ID token names its own tenant.
      issuer: (origin) => `${origin}/{tenantid}/v2.0`,
      idTokenIssuer: (origin) => `${origin}/${TENANT}/v2.0`,
      idTokenClaims: { tid: TENANT, name: 'Ada Lovelace', preferred_username: 'ada@example.com' },
      metadata: (origin) => ({
        scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
        end_session_endpoint: `${origin}/common/oauth2/v2.0/logout`,
        token_endpoint_auth_methods_supported: [
          'client_secret_post',
          'private_key_jwt',
          'client_secret_basic',
        ],
      }),
      // A tenant whose users may not consent by themselves.
      authorize: (query) => (query.get('prompt') === 'consent' ? 'access_denied' : null),
      givesRefreshToken: (query) => query.get('scope')?.includes('offline_access') ?? false,
      rotates: true,
    },
  },
  Google: {
    host: 'accounts.google.com',
    issuer: 'https://accounts.google.com',
    settings: { OIDC_PARAMS: 'access_type=offline', OIDC_PROMPT: 'consent' },
    wrong: [
      WRONG_SECRET,
      [{ OIDC_PARAMS: '' }, /WARN {2}provider, habits .*\n.*access_type=offline/],
      [{ OIDC_PROMPT: '' }, /WARN {2}provider, habits .*\n.*OIDC_PROMPT=consent/],
      [
        { OIDC_SCOPE: 'openid offline_access' },
        /FAIL {2}provider, authorization .*invalid_scope\n.*OIDC_SCOPE/,
      ],
    ],
    shape: {
      idTokenClaims: { name: 'Ada Lovelace', email: 'ada@example.com' },
      metadata: (origin) => ({
        scopes_supported: ['openid', 'email', 'profile'],
        revocation_endpoint: `${origin}/revoke`,
        token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      }),
      authorize: (query) => (query.get('scope')?.includes('offline_access') ? 'invalid_scope' : null),
      givesRefreshToken: (query) =>
        query.get('access_type') === 'offline' && query.get('prompt') === 'consent',
      rotates: false,
    },
  },
};
