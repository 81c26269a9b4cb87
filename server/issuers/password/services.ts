import type { Dialect } from './dialect.ts';
import { INVALID_GRANT, passport } from './frameworks.ts';

/** Directus 11. @see https://docs.directus.io, "Authentication" */
export const directus: Dialect = {
  login: {
    path: '/auth/login',
    body: { email: '$username', password: '$password', mode: 'json' },
    refused: [
      { status: [400], at: 'errors.0.extensions.code', is: ['INVALID_PAYLOAD'] },
      {
        status: [401],
        at: 'errors.0.extensions.code',
        is: ['INVALID_CREDENTIALS', 'INVALID_OTP', 'USER_SUSPENDED'],
      },
    ],
  },
  refresh: {
    path: '/auth/refresh',
    body: { refresh_token: '$refreshToken', mode: 'json' },
    refused: [
      {
        status: [401],
        at: 'errors.0.extensions.code',
        is: ['INVALID_CREDENTIALS', 'INVALID_TOKEN', 'TOKEN_EXPIRED'],
      },
    ],
  },
  logout: {
    path: '/auth/logout',
    body: { refresh_token: '$refreshToken', mode: 'json' },
    refused: [{ status: [400, 401], at: 'errors.0.extensions.code' }],
  },
  me: '/users/me?fields=id,first_name,last_name,email',
  tokens: { access: 'data.access_token', refresh: 'data.refresh_token', milliseconds: 'data.expires' },
  user: [{ from: 'me', at: 'data', name: ['first_name', 'email'] }, { from: 'claims' }],
};

/** Strapi 5, Users & Permissions with `jwtManagement: 'refresh'`. */
export const strapi: Dialect = {
  login: {
    path: '/api/auth/local',
    body: { identifier: '$username', password: '$password' },
    refused: [
      {
        status: [400],
        at: 'error.message',
        is: ['Invalid identifier or password', 'Your account has been blocked by an administrator'],
      },
    ],
  },
  refresh: {
    path: '/api/auth/refresh',
    body: { refreshToken: '$refreshToken' },
    refused: [{ status: [401], at: 'error.name', is: ['UnauthorizedError'] }],
  },
  logout: {
    path: '/api/auth/logout',
    body: {},
    bearer: 'accessToken',
    refused: [{ status: [401], at: 'error.name', is: ['UnauthorizedError'] }],
  },
  tokens: { access: 'jwt', refresh: 'refreshToken', jwt: true },
  user: [{ from: 'me' }, { from: 'answer', at: 'user' }],
};

const GOTRUE_CODE = ['error_code', 'error', 'code'];

/** Supabase Auth (GoTrue), below `/auth/v1`. */
export const gotrue: Dialect = {
  headers: { apikey: '$apiKey' },
  login: {
    path: '/token?grant_type=password',
    body: { email: '$username', password: '$password' },
    refused: [
      {
        status: [400, 403],
        at: GOTRUE_CODE,
        is: ['invalid_credentials', 'invalid_grant', 'email_not_confirmed', 'user_banned', 'validation_failed'],
      },
    ],
  },
  refresh: {
    path: '/token?grant_type=refresh_token',
    body: { refresh_token: '$refreshToken' },
    refused: [
      {
        status: [400, 403],
        at: GOTRUE_CODE,
        is: [
          'refresh_token_not_found', 'refresh_token_already_used', 'session_expired', 'session_not_found',
          'user_banned', 'user_not_found', 'invalid_grant',
        ],
      },
    ],
  },
  logout: {
    path: '/logout?scope=local',
    bearer: 'accessToken',
    refused: [{ status: [401, 403], at: GOTRUE_CODE }],
  },
  tokens: { access: 'access_token', refresh: 'refresh_token', seconds: 'expires_in', at: 'expires_at', jwt: true },
  user: [{ from: 'answer', at: 'user', name: ['user_metadata.full_name', 'user_metadata.name', 'email'] }],
  clientRefused: [{ status: [401], at: 'message' }],
}; // prettier-ignore

/** Keycloak's direct access grant, below `/realms/<realm>`. */
export const keycloak: Dialect = {
  login: {
    ...passport.login,
    path: '/protocol/openid-connect/token',
    body: { ...passport.login.body, scope: 'openid' },
    refused: INVALID_GRANT,
  },
  refresh: { ...passport.refresh, path: '/protocol/openid-connect/token', refused: INVALID_GRANT },
  logout: {
    path: '/protocol/openid-connect/logout',
    encoding: 'form',
    body: { client_id: '$clientId', client_secret: '$clientSecret', refresh_token: '$refreshToken' },
    refused: INVALID_GRANT,
  },
  tokens: { access: 'access_token', refresh: 'refresh_token', seconds: 'expires_in' },
  user: [{ from: 'me' }, { from: 'claims', at: 'id_token' }, { from: 'claims' }],
};

/** Firebase Authentication: two hosts of Google's, whatever the upstream. */
export const firebase: Dialect = {
  login: {
    path: 'https://identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=$apiKey',
    body: { email: '$username', password: '$password', returnSecureToken: true },
    refused: [
      {
        status: [400],
        at: 'error.message',
        is: [
          'INVALID_LOGIN_CREDENTIALS',
          'INVALID_PASSWORD',
          'EMAIL_NOT_FOUND',
          'INVALID_EMAIL',
          'USER_DISABLED',
        ],
      },
    ],
  },
  refresh: {
    path: 'https://securetoken.googleapis.com/v1/token?key=$apiKey',
    encoding: 'form',
    body: { grant_type: 'refresh_token', refresh_token: '$refreshToken' },
    refused: [
      {
        status: [400],
        at: 'error.message',
        is: ['TOKEN_EXPIRED', 'USER_DISABLED', 'USER_NOT_FOUND', 'INVALID_REFRESH_TOKEN'],
      },
    ],
  },
  logout: null,
  tokens: {
    access: ['idToken', 'id_token'],
    refresh: ['refreshToken', 'refresh_token'],
    seconds: ['expiresIn', 'expires_in'],
  },
  user: [{ from: 'me' }, { from: 'answer', id: 'localId', name: ['displayName', 'email'] }],
  clientRefused: [
    { at: 'error.message', is: ['API key not valid.', 'OPERATION_NOT_ALLOWED', 'PASSWORD_LOGIN_DISABLED'] },
  ],
  throttled: [{ at: 'error.message', is: ['TOO_MANY_ATTEMPTS_TRY_LATER', 'QUOTA_EXCEEDED'] }],
};

const cognitoTarget = (action: string) => ({
  'Content-Type': 'application/x-amz-json-1.1',
  'X-Amz-Target': `AWSCognitoIdentityProviderService.${action}`,
});

/** Amazon Cognito user pools: an app client without a secret, `ALLOW_USER_PASSWORD_AUTH`, refresh token rotation. */
export const cognito: Dialect = {
  login: {
    path: '/',
    headers: cognitoTarget('InitiateAuth'),
    body: {
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: '$clientId',
      AuthParameters: { USERNAME: '$username', PASSWORD: '$password' },
    },
    refused: [
      {
        status: [400],
        at: '__type',
        is: [
          'NotAuthorizedException',
          'UserNotFoundException',
          'UserNotConfirmedException',
          'PasswordResetRequiredException',
        ],
      },
    ],
  },
  refresh: {
    path: '/',
    headers: cognitoTarget('GetTokensFromRefreshToken'),
    body: { ClientId: '$clientId', RefreshToken: '$refreshToken' },
    refused: [
      {
        status: [400],
        at: '__type',
        is: ['NotAuthorizedException', 'RefreshTokenReuseException', 'UserNotFoundException'],
      },
    ],
  },
  logout: {
    path: '/',
    headers: cognitoTarget('RevokeToken'),
    body: { ClientId: '$clientId', Token: '$refreshToken' },
    refused: [{ status: [400], at: '__type', is: ['NotAuthorizedException'] }],
  },
  tokens: {
    access: 'AuthenticationResult.AccessToken',
    refresh: 'AuthenticationResult.RefreshToken',
    seconds: 'AuthenticationResult.ExpiresIn',
  },
  user: [
    { from: 'me' },
    { from: 'claims', at: 'AuthenticationResult.IdToken', name: ['name', 'cognito:username', 'email'] },
  ],
  clientRefused: [
    { status: [400], at: '__type', is: ['ResourceNotFoundException', 'InvalidParameterException'] },
  ],
  throttled: [{ status: [400], at: '__type', is: ['TooManyRequestsException', 'LimitExceededException'] }],
};
