import type { Dialect } from './dialect.ts';

export const INVALID_GRANT = [{ at: 'error', is: ['invalid_grant'] }];

/** OAuth's field names in JSON, over a login of one's own: what Reseal's own upstream speaks. The default. */
export const oauth2: Dialect = {
  login: {
    path: '/auth/login',
    body: { username: '$username', password: '$password' },
    refused: INVALID_GRANT,
  },
  refresh: { path: '/auth/refresh', body: { refresh_token: '$refreshToken' }, refused: INVALID_GRANT },
  logout: { path: '/auth/logout', body: { refresh_token: '$refreshToken' }, refused: INVALID_GRANT },
  tokens: { access: 'access_token', refresh: 'refresh_token', seconds: 'expires_in' },
  user: [{ from: 'me' }, { from: 'answer', at: 'user' }],
};

/** Django REST Framework with SimpleJWT; the logout needs its app `token_blacklist`. */
export const simplejwt: Dialect = {
  login: {
    path: '/api/token/',
    body: { username: '$username', password: '$password' },
    refused: [{ status: [401], at: 'detail' }],
  },
  refresh: {
    path: '/api/token/refresh/',
    body: { refresh: '$refreshToken' },
    refused: [{ status: [401], at: 'code', is: ['token_not_valid', 'no_active_account', 'user_not_found'] }],
  },
  logout: {
    path: '/api/token/blacklist/',
    body: { refresh: '$refreshToken' },
    refused: [{ status: [401], at: 'code', is: ['token_not_valid'] }],
  },
  tokens: { access: 'access', refresh: 'refresh', jwt: true },
  user: [{ from: 'me' }, { from: 'claims', id: 'user_id' }],
};

/** Django with dj-rest-auth and `USE_JWT`, tokens in the body (`JWT_AUTH_HTTPONLY: False`). */
export const djRestAuth: Dialect = {
  login: {
    path: '/dj-rest-auth/login/',
    body: { username: '$username', password: '$password' },
    refused: [{ status: [400], at: 'non_field_errors' }],
  },
  refresh: { ...simplejwt.refresh, path: '/dj-rest-auth/token/refresh/' },
  logout: {
    path: '/dj-rest-auth/logout/',
    body: { refresh: '$refreshToken' },
    refused: simplejwt.refresh.refused,
  },
  tokens: {
    access: 'access',
    refresh: 'refresh',
    at: ['access_expiration', 'access_token_expiration'],
    jwt: true,
  },
  user: [{ from: 'me' }, { from: 'answer', at: 'user', id: 'pk' }],
};

/** A NestJS app in the shape of its tutorials: exceptions as Nest writes them, the refresh token as a bearer. */
export const nestjs: Dialect = {
  login: {
    path: '/auth/login',
    body: { username: '$username', password: '$password' },
    refused: [{ status: [400, 401, 403], at: 'statusCode' }],
  },
  refresh: {
    path: '/auth/refresh',
    bearer: 'refreshToken',
    refused: [{ status: [401, 403], at: 'statusCode' }],
  },
  logout: {
    path: '/auth/logout',
    bearer: 'accessToken',
    refused: [{ status: [401, 403], at: 'statusCode' }],
  },
  tokens: {
    access: ['accessToken', 'access_token'],
    refresh: ['refreshToken', 'refresh_token'],
    seconds: ['expiresIn', 'expires_in'],
    jwt: true,
  },
  user: [{ from: 'me', id: ['id', 'sub', 'userId'] }, { from: 'answer', at: 'user' }, { from: 'claims' }],
};

/** A backend written by hand: any of the usual names, and `401` or `403` with a JSON object is a refusal. */
export const plain: Dialect = {
  login: {
    path: '/auth/login',
    body: { username: '$username', password: '$password' },
    refused: [{ status: [401, 403], at: '' }],
  },
  refresh: {
    path: '/auth/refresh',
    body: { refreshToken: '$refreshToken', refresh_token: '$refreshToken' },
    refused: [{ status: [401, 403], at: '' }, ...INVALID_GRANT],
  },
  logout: {
    path: '/auth/logout',
    body: { refreshToken: '$refreshToken', refresh_token: '$refreshToken' },
    refused: [{ status: [401, 403], at: '' }],
  },
  tokens: {
    access: ['accessToken', 'access_token', 'token', 'jwt'],
    refresh: ['refreshToken', 'refresh_token'],
    seconds: ['expiresIn', 'expires_in'],
    jwt: true,
  },
  user: [{ from: 'me' }, { from: 'answer', at: 'user' }, { from: 'claims' }],
};

/** Laravel Passport with its password grant. */
export const passport: Dialect = {
  login: {
    path: '/oauth/token',
    encoding: 'form',
    body: {
      grant_type: 'password',
      client_id: '$clientId',
      client_secret: '$clientSecret',
      username: '$username',
      password: '$password',
    },
    refused: [...INVALID_GRANT, { status: [401], at: 'error', is: ['invalid_credentials'] }],
  },
  refresh: {
    path: '/oauth/token',
    encoding: 'form',
    body: {
      grant_type: 'refresh_token',
      client_id: '$clientId',
      client_secret: '$clientSecret',
      refresh_token: '$refreshToken',
    },
    // league/oauth2-server before version 9 calls a dead token an invalid request.
    refused: [...INVALID_GRANT, { status: [401], at: 'error', is: ['invalid_request'] }],
  },
  logout: null,
  me: '/api/user',
  tokens: { access: 'access_token', refresh: 'refresh_token', seconds: 'expires_in' },
  user: [{ from: 'me' }, { from: 'claims' }],
};
