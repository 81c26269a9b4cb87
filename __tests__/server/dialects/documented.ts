import type { PresetName } from '../../../server/issuers/password/presets.ts';

/** A status and a JSON body. */
export type Answer = readonly [status: number, body: unknown];

/** What a backend's documentation or source says: what it is sent, and what it answers. */
export interface Documented {
  readonly env?: Readonly<Record<string, string>>;
  /** Path and query of the call, and the body as JSON or as form fields. */
  readonly login: {
    readonly at: string;
    readonly sent: object;
    readonly granted: Answer;
    readonly refused: Answer;
  };
  readonly refresh: {
    readonly at: string;
    readonly sent: object;
    readonly granted: Answer;
    readonly dead: Answer;
  };
  readonly logout: { readonly at: string; readonly sent: object; readonly done: Answer } | null;
  readonly me?: { readonly at: string; readonly answer: Answer };
  /** Headers that every login carries. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly user: { readonly id: string; readonly name: string };
  /** How long the first access token lives, in seconds. */
  readonly lives: number | null;
}

const CREDENTIALS = { username: 'ada@example.com', password: 'lovelace' };

/** A JWT with these claims; its signature is not one. */
export function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat: 1_000, exp: 1_300, ...claims })}.c2lnbmF0dXJl`;
}

const nestError = (statusCode: number, message: string) => [statusCode, { message, statusCode }] as const;
const directusError = (code: string) =>
  [401, { errors: [{ message: 'No.', extensions: { code } }] }] as const;
const strapiError = (status: number, name: string, message: string) =>
  [status, { data: null, error: { status, name, message, details: {} } }] as const;
const googleError = (message: string) =>
  [
    400,
    { error: { code: 400, message, errors: [{ message, domain: 'global', reason: 'invalid' }] } },
  ] as const;
const oauthError = (status: number, error: string) => [status, { error, error_description: 'No.' }] as const;
const passwordGrant = { grant_type: 'password', client_id: 'app', client_secret: 'shh', ...CREDENTIALS };
const refreshGrant = {
  grant_type: 'refresh_token',
  client_id: 'app',
  client_secret: 'shh',
  refresh_token: 'r1',
};
const CLIENT = { AUTH_CLIENT_ID: 'app', AUTH_CLIENT_SECRET: 'shh' };

export const DOCUMENTED: Record<PresetName, Documented> = {
  oauth2: {
    login: {
      at: '/auth/login',
      sent: CREDENTIALS,
      granted: [200, { access_token: 'a1', refresh_token: 'r1', expires_in: 60, user: { id: '1', name: 'Ada' } }],
      refused: oauthError(401, 'invalid_grant'),
    },
    refresh: {
      at: '/auth/refresh',
      sent: { refresh_token: 'r1' },
      granted: [200, { access_token: 'a2', refresh_token: 'r2', expires_in: 60 }],
      dead: oauthError(400, 'invalid_grant'),
    },
    logout: { at: '/auth/logout', sent: { refresh_token: 'r2' }, done: [204, null] },
    user: { id: '1', name: 'Ada' },
    lives: 60,
  },
  simplejwt: {
    login: {
      at: '/api/token/',
      sent: CREDENTIALS,
      granted: [200, { access: jwt({ user_id: 1 }), refresh: 'r1' }],
      refused: [401, { detail: 'No active account found with the given credentials' }],
    },
    refresh: {
      at: '/api/token/refresh/',
      sent: { refresh: 'r1' },
      granted: [200, { access: jwt({ user_id: 1 }), refresh: 'r2' }],
      dead: [401, { detail: 'Token is blacklisted', code: 'token_not_valid' }],
    },
    logout: { at: '/api/token/blacklist/', sent: { refresh: 'r2' }, done: [200, {}] },
    user: { id: '1', name: 'ada@example.com' },
    lives: 300,
  },
  'dj-rest-auth': {
    login: {
      at: '/dj-rest-auth/login/',
      sent: CREDENTIALS,
      granted: [200, { access: jwt({}), refresh: 'r1', user: { pk: 7, username: 'ada', email: 'ada@example.com' } }],
      refused: [400, { non_field_errors: ['Unable to log in with provided credentials.'] }],
    },
    refresh: {
      at: '/dj-rest-auth/token/refresh/',
      sent: { refresh: 'r1' },
      granted: [200, { access: jwt({}), refresh: 'r2', access_token_expiration: 'soon' }],
      dead: [401, { detail: 'Token is invalid or expired', code: 'token_not_valid' }],
    },
    logout: { at: '/dj-rest-auth/logout/', sent: { refresh: 'r2' }, done: [200, { detail: 'Successfully logged out.' }] },
    user: { id: '7', name: 'ada' },
    lives: 300,
  },
  nestjs: {
    login: {
      at: '/auth/login',
      sent: CREDENTIALS,
      granted: [201, { accessToken: jwt({ sub: 7, username: 'ada' }), refreshToken: 'r1' }],
      refused: nestError(401, 'Unauthorized'),
    },
    refresh: {
      at: '/auth/refresh',
      sent: {},
      granted: [201, { accessToken: jwt({ sub: 7 }), refreshToken: 'r2' }],
      dead: nestError(403, 'Access Denied'),
    },
    logout: { at: '/auth/logout', sent: {}, done: [201, null] },
    user: { id: '7', name: 'ada' },
    lives: 300,
  },
  plain: {
    env: { AUTH_ME_PATH: '/me' },
    login: {
      at: '/auth/login',
      sent: CREDENTIALS,
      granted: [200, { token: 'a1', refreshToken: 'r1', expiresIn: 90 }],
      refused: [401, { message: 'Wrong password' }],
    },
    refresh: {
      at: '/auth/refresh',
      sent: { refreshToken: 'r1', refresh_token: 'r1' },
      granted: [200, { token: 'a2', refreshToken: 'r2' }],
      dead: [401, { message: 'Refresh token is not known' }],
    },
    logout: { at: '/auth/logout', sent: { refreshToken: 'r2', refresh_token: 'r2' }, done: [200, {}] },
    me: { at: '/me', answer: [200, { id: 'u1', username: 'ada' }] },
    user: { id: 'u1', name: 'ada' },
    lives: 90,
  },
  directus: {
    login: {
      at: '/auth/login',
      sent: { email: 'ada@example.com', password: 'lovelace', mode: 'json' },
      granted: [200, { data: { access_token: 'a1', refresh_token: 'r1', expires: 900_000 } }],
      refused: directusError('INVALID_CREDENTIALS'),
    },
    refresh: {
      at: '/auth/refresh',
      sent: { refresh_token: 'r1', mode: 'json' },
      granted: [200, { data: { access_token: 'a2', refresh_token: 'r2', expires: 900_000 } }],
      dead: directusError('INVALID_CREDENTIALS'),
    },
    logout: { at: '/auth/logout', sent: { refresh_token: 'r2', mode: 'json' }, done: [204, null] },
    me: {
      at: '/users/me?fields=id,first_name,last_name,email',
      answer: [200, { data: { id: 'u1', first_name: 'Ada', last_name: null, email: 'ada@example.com' } }],
    },
    user: { id: 'u1', name: 'Ada' },
    lives: 900,
  },
  strapi: {
    login: {
      at: '/api/auth/local',
      sent: { identifier: 'ada@example.com', password: 'lovelace' },
      granted: [200, { jwt: jwt({ id: 3 }), refreshToken: 'r1', user: { id: 3, username: 'ada' } }],
      refused: strapiError(400, 'ValidationError', 'Invalid identifier or password'),
    },
    refresh: {
      at: '/api/auth/refresh',
      sent: { refreshToken: 'r1' },
      granted: [200, { jwt: jwt({ id: 3 }), refreshToken: 'r2' }],
      dead: strapiError(401, 'UnauthorizedError', 'Invalid refresh token'),
    },
    logout: { at: '/api/auth/logout', sent: {}, done: [200, { ok: true }] },
    user: { id: '3', name: 'ada' },
    lives: 300,
  },
  gotrue: {
    env: { AUTH_API_KEY: 'anon' },
    login: {
      at: '/token?grant_type=password',
      sent: { email: 'ada@example.com', password: 'lovelace' },
      granted: [
        200,
        {
          access_token: 'a1', token_type: 'bearer', expires_in: 3600, expires_at: 4_000_000_000, refresh_token: 'r1',
          user: { id: 'u1', email: 'ada@example.com', user_metadata: { full_name: 'Ada Lovelace' } },
        },
      ],
      refused: [400, { code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' }],
    },
    refresh: {
      at: '/token?grant_type=refresh_token',
      sent: { refresh_token: 'r1' },
      granted: [200, { access_token: 'a2', expires_in: 3600, refresh_token: 'r2', user: { id: 'u1' } }],
      dead: [400, { code: 400, error_code: 'refresh_token_already_used', msg: 'Invalid Refresh Token: Already Used' }],
    },
    logout: { at: '/logout?scope=local', sent: {}, done: [204, null] },
    headers: { apikey: 'anon' },
    user: { id: 'u1', name: 'Ada Lovelace' },
    lives: 3600,
  },
  passport: {
    env: CLIENT,
    login: {
      at: '/oauth/token',
      sent: passwordGrant,
      granted: [200, { token_type: 'Bearer', expires_in: 31_536_000, access_token: 'a1', refresh_token: 'r1' }],
      refused: oauthError(400, 'invalid_grant'),
    },
    refresh: {
      at: '/oauth/token',
      sent: refreshGrant,
      granted: [200, { token_type: 'Bearer', expires_in: 31_536_000, access_token: 'a2', refresh_token: 'r2' }],
      dead: oauthError(401, 'invalid_request'),
    },
    logout: null,
    me: { at: '/api/user', answer: [200, { id: 5, name: 'Ada', email: 'ada@example.com' }] },
    user: { id: '5', name: 'Ada' },
    lives: 31_536_000,
  },
  keycloak: {
    env: CLIENT,
    login: {
      at: '/protocol/openid-connect/token',
      sent: { ...passwordGrant, scope: 'openid' },
      granted: [
        200,
        { access_token: jwt({}), expires_in: 300, refresh_token: 'r1', id_token: jwt({ sub: 'k1', name: 'Ada' }) },
      ],
      refused: oauthError(401, 'invalid_grant'),
    },
    refresh: {
      at: '/protocol/openid-connect/token',
      sent: refreshGrant,
      granted: [200, { access_token: jwt({}), expires_in: 300, refresh_token: 'r2' }],
      dead: oauthError(400, 'invalid_grant'),
    },
    logout: {
      at: '/protocol/openid-connect/logout',
      sent: { client_id: 'app', client_secret: 'shh', refresh_token: 'r2' },
      done: [204, null],
    },
    user: { id: 'k1', name: 'Ada' },
    lives: 300,
  },
  firebase: {
    env: { AUTH_API_KEY: 'web key' },
    login: {
      at: '/v1/accounts:signInWithPassword?key=web%20key',
      sent: { email: 'ada@example.com', password: 'lovelace', returnSecureToken: true },
      granted: [200, { idToken: 'a1', refreshToken: 'r1', expiresIn: '3600', localId: 'f1', displayName: 'Ada' }],
      refused: googleError('INVALID_LOGIN_CREDENTIALS'),
    },
    refresh: {
      at: '/v1/token?key=web%20key',
      sent: { grant_type: 'refresh_token', refresh_token: 'r1' },
      granted: [200, { id_token: 'a2', access_token: 'a2', refresh_token: 'r2', expires_in: '3600', user_id: 'f1' }],
      dead: googleError('TOKEN_EXPIRED'),
    },
    logout: null,
    user: { id: 'f1', name: 'Ada' },
    lives: 3600,
  },
  cognito: {
    env: { AUTH_CLIENT_ID: 'app' },
    login: {
      at: '/',
      sent: {
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: 'app',
        AuthParameters: { USERNAME: 'ada@example.com', PASSWORD: 'lovelace' },
      },
      granted: [
        200,
        {
          AuthenticationResult: {
            AccessToken: 'a1', RefreshToken: 'r1', ExpiresIn: 3600, IdToken: jwt({ sub: 'c1', 'cognito:username': 'ada' }),
          },
        },
      ],
      refused: [400, { __type: 'NotAuthorizedException', message: 'Incorrect username or password.' }],
    },
    refresh: {
      at: '/',
      sent: { ClientId: 'app', RefreshToken: 'r1' },
      granted: [200, { AuthenticationResult: { AccessToken: 'a2', RefreshToken: 'r2', ExpiresIn: 3600 } }],
      dead: [400, { __type: 'com.amazonaws.cognito#RefreshTokenReuseException', message: 'No.' }],
    },
    logout: { at: '/', sent: { ClientId: 'app', Token: 'r2' }, done: [200, {}] },
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    user: { id: 'c1', name: 'ada' },
    lives: 3600,
  },
}; // prettier-ignore
