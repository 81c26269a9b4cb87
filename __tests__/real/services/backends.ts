import { startDjango } from './django.ts';
import { startNest } from './nest.ts';
import type { Service } from '../support/service.ts';

/** A password backend that someone else wrote, and what is known of it. */
export interface Backend {
  readonly start: (accessSeconds: number) => Promise<Service>;
  /** All that an operator sets for this backend beside the four settings that every app needs. */
  readonly settings: Readonly<Record<string, string>>;
  readonly paths: string;
  readonly me: string;
  readonly refreshLine: RegExp;
  readonly refresh: (refreshToken: string) => [path: string, init: RequestInit];
  readonly kill: (refreshToken: string, accessToken: string) => [path: string, init: RequestInit];
  /** Settings that are wrong before this backend, and what the doctor says of them. */
  readonly wrong: readonly (readonly [settings: Record<string, string>, line: RegExp])[];
}

const WRONG_LOGIN = [
  { AUTH_LOGIN_PATH: '/nowhere/' },
  /FAIL {2}login, made up .*404.*\n.*AUTH_LOGIN_PATH/,
] as const;
const WRONG_REFRESH = [{ AUTH_REFRESH_PATH: '/nowhere/' }, /FAIL {2}refresh, made up/] as const;
const WRONG_PLACE = [{ AUTH_URL: 'http://127.0.0.1:9' }, /FAIL {2}login, made up .*nothing answers/] as const;

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
const bearer = (token: string): RequestInit => ({
  method: 'POST',
  headers: { Authorization: `Bearer ${token}` },
});

/** Each goes through the life cycle, and before the doctor. */
export const BACKENDS: Record<string, Backend> = {
  'Django SimpleJWT': {
    start: startDjango,
    settings: { AUTH_DIALECT: 'simplejwt' },
    paths: '/api/users',
    me: '/api/users/me/',
    refreshLine: /POST \/api\/token\/refresh\//,
    refresh: (refresh) => ['/api/token/refresh/', json({ refresh })],
    kill: (refresh) => ['/api/token/blacklist/', json({ refresh })],
    wrong: [
      WRONG_LOGIN,
      WRONG_REFRESH,
      WRONG_PLACE,
      [{ AUTH_DIALECT: 'strapi' }, /FAIL {2}login, made up[^]*set AUTH_DIALECT=simplejwt/],
      [{ AUTH_DIALECT: 'oauth2' }, /FAIL {2}login, made up[^]*set AUTH_DIALECT=simplejwt/],
      [{ AUTH_DIALECT: 'nestjs' }, /FAIL {2}login, made up[^]*set AUTH_DIALECT=simplejwt/],
    ],
  },
  NestJS: {
    start: startNest,
    settings: { AUTH_DIALECT: 'nestjs' },
    paths: '/auth/profile',
    me: '/auth/profile',
    refreshLine: /POST \/auth\/refresh/,
    refresh: (refresh) => ['/auth/refresh', bearer(refresh)],
    kill: (_refresh, access) => ['/auth/logout', bearer(access)],
    wrong: [
      WRONG_LOGIN,
      WRONG_REFRESH,
      WRONG_PLACE,
      [{ AUTH_DIALECT: 'strapi' }, /FAIL {2}login, made up[^]*set AUTH_DIALECT=nestjs/],
      [{ AUTH_DIALECT: 'oauth2' }, /FAIL {2}login, made up[^]*set AUTH_DIALECT=nestjs/],
      [{ AUTH_DIALECT: 'simplejwt' }, /FAIL {2}login, made up[^]*set AUTH_DIALECT=nestjs/],
    ],
  },
};
