import type { Environment } from '../../testing/production.ts';
import type { Browser } from './browser.ts';
import { CLIENT_ID } from './issuer.ts';

/** Where an app's surroundings are. */
export interface Around {
  readonly appUrl: string;
  /** With a slash at the end. */
  readonly issuerUrl: string;
  readonly upstreamUrl: string;
  /** What the app calls with the bearer: the upstream, or for AuthKit's own tokens the issuer before it. */
  readonly apiUrl: string;
}

/** A library in its documented use, as a minimal Next app in `apps/<folder>`. */
export interface Peer {
  readonly name: string;
  readonly folder: string;
  readonly package: string;
  readonly how: string;
  login(browser: Browser, person: string): Promise<unknown>;
  logout(browser: Browser): Promise<unknown>;
  /** Asks the session endpoint; `who` is an id. */
  session(browser: Browser): Promise<{ who: string | undefined; error?: string | undefined }>;
}

const SECRET = 'a-secret-of-thirty-two-letters-or-more';

/** Every setting that any of the apps reads. */
export function environmentOf({ appUrl, issuerUrl, upstreamUrl, apiUrl }: Around): Environment {
  return {
    APP_URL: appUrl,
    ISSUER_URL: issuerUrl,
    UPSTREAM_URL: upstreamUrl,
    API_URL: apiUrl,
    CLIENT_ID,
    CLIENT_SECRET: SECRET,
    SECRET,
    NEXTAUTH_URL: appUrl,
    NEXTAUTH_SECRET: SECRET,
    AUTH_URL: appUrl,
    AUTH_SECRET: SECRET,
    AUTH_TRUST_HOST: 'true',
    WORKOS_API_KEY: SECRET,
    WORKOS_CLIENT_ID: CLIENT_ID,
    WORKOS_COOKIE_PASSWORD: SECRET,
    WORKOS_API_HOSTNAME: 'localhost',
    WORKOS_API_PORT: new URL(issuerUrl).port,
    WORKOS_API_HTTPS: 'false',
    NEXT_PUBLIC_WORKOS_REDIRECT_URI: `${appUrl}/callback`,
    NEXT_TELEMETRY_DISABLED: '1',
  };
}

/** Sends one of the forms of next-auth, both versions. */
async function nextAuthForm(browser: Browser, path: string, person = ''): Promise<unknown> {
  const { data } = await browser.http.get<{ csrfToken: string }>('/api/auth/csrf');
  return browser.visit(`/api/auth/${path}`, person, { csrfToken: data.csrfToken, callbackUrl: '/' });
}

const nextAuth = {
  login: (browser: Browser, person: string) => nextAuthForm(browser, 'signin/bench', person),
  logout: (browser: Browser) => nextAuthForm(browser, 'signout'),
  async session({ http }: Browser) {
    type Answer = { user?: { id?: string }; error?: string } | null;
    const { data } = await http.get<Answer>('/api/auth/session');
    return { who: data?.user?.id, error: data?.error };
  },
};

/** Asks the app's own route, where the library has none. */
async function ownSession({ http }: Browser) {
  const { data } = await http.get<{ user: { id: string } | null }>('/api/session');
  return { who: data.user?.id };
}

export const PEERS: readonly Peer[] = [
  {
    name: 'next-auth 4',
    folder: 'nextAuth4',
    package: 'next-auth',
    how: 'the documented rotation in the `jwt` callback, `getServerSession` in an API route',
    ...nextAuth,
  },
  {
    name: 'next-auth 5',
    folder: 'nextAuth5',
    package: 'next-auth-5',
    how: 'the documented rotation in the `jwt` callback, `auth()` around a route handler',
    ...nextAuth,
  },
  {
    name: 'nextjs-auth0',
    folder: 'auth0',
    package: '@auth0/nextjs-auth0',
    how: 'its middleware, `getAccessToken()` in a route handler',
    login: (browser, person) => browser.visit('/auth/login', person),
    logout: (browser) => browser.visit('/auth/logout', ''),
    session: async ({ http }) => ({ who: (await http.get<{ sub?: string }>('/auth/profile')).data?.sub }),
  },
  {
    name: 'authkit-nextjs',
    folder: 'authkit',
    package: '@workos-inc/authkit-nextjs',
    how: 'its middleware, `withAuth()` in a route handler; WorkOS’ API is played by the issuer (`WORKOS_API_HOSTNAME`)',
    login: (browser, person) => browser.visit('/login', person),
    logout: (browser) => browser.visit('/logout', '', {}),
    session: ownSession,
  },
  {
    name: 'better-auth',
    folder: 'betterAuth',
    package: 'better-auth',
    how: 'without a database, `auth.api.getAccessToken()` in a route handler with `nextCookies()`',
    async login(browser, person) {
      const order = { provider: 'bench', callbackURL: '/' };
      const headers = { Origin: browser.http.defaults.baseURL ?? '' };
      const { data } = await browser.http.post<{ url: string }>('/api/auth/sign-in/social', order, {
        headers,
      });
      return browser.visit(data.url, person);
    },
    async logout({ http }) {
      return http.post('/api/auth/sign-out', {}, { headers: { Origin: http.defaults.baseURL ?? '' } });
    },
    async session({ http }) {
      const { data } = await http.get<{ user?: { email: string } } | null>('/api/auth/get-session');
      return { who: data?.user?.email.split('@')[0] };
    },
  },
  {
    name: 'iron-session by hand',
    folder: 'ironSession',
    package: 'iron-session',
    how: 'what articles show: the API route refreshes when the token is out of date, saves, and destroys the session when that fails',
    async login({ http }, person) {
      const password = person === 'ada' ? 'lovelace' : 'hopper';
      return http.post('/api/login', { username: person, password });
    },
    logout: ({ http }) => http.post('/api/logout'),
    session: ownSession,
  },
];
