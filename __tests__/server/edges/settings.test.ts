import { randomBytes } from 'node:crypto';
import { readSettings, SettingsError } from '../../../server/settings/fromEnv.ts';

const good = {
  NODE_ENV: 'production',
  UPSTREAM_URL: 'https://api.example',
  UPSTREAM_PATHS: '/notes,/me',
  SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
  APP_URL: 'https://app.example',
};

/** The lines that an operator reads, or none. */
function complaintsOf(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    expect(error.message).toContain(error.lines.join('\n  - '));
    return error.lines;
  }
}

test('four variables are enough in production, and the rest has its defaults', () => {
  expect(readSettings(good)).toMatchObject({
    upstreamPaths: ['/notes', '/me'],
    upstreamTimeoutMs: 30_000,
    idleMs: 14 * 86_400_000,
    maxMs: 30 * 86_400_000,
    graceMs: 300_000,
    refreshTimeoutMs: 10_000,
    store: { kind: 'sqlite', dir: '.reseal' },
    oidc: null,
    authPaths: { login: '/auth/login', refresh: '/auth/refresh', logout: '/auth/logout' },
    lab: false,
    metricsToken: null,
    trustedProxies: 0,
  });
});

test.each(['UPSTREAM_URL', 'UPSTREAM_PATHS', 'SESSION_PASSWORD', 'APP_URL'])(
  '%s is needed and named when missing',
  (name) => {
    for (const value of [undefined, ''])
      expect(complaintsOf({ ...good, [name]: value })).toEqual([
        expect.stringMatching(`^${name} is missing: .*, such as .*\\.$`),
      ]);
  },
);

test('in development the address is that of the port, and the lab is on', () => {
  const rest = { ...good, NODE_ENV: 'development', APP_URL: '' };
  expect(readSettings(rest)).toMatchObject({ appUrl: new URL('http://localhost:3000'), lab: true });
  expect(readSettings({ ...rest, PORT: '4000', LAB: '0' })).toMatchObject({
    appUrl: new URL('http://localhost:4000'),
    lab: false,
  });
});

const SECRET = 'canary-0123456789-value';
test.each([
  [
    'UPSTREAM_URL',
    [
      SECRET,
      `ftp://${SECRET}`,
      `javascript:${SECRET}`,
      `http://user:${SECRET}@host`,
      `https://host?${SECRET}`,
      `https://host/#${SECRET}`,
    ],
  ],
  [
    'UPSTREAM_PATHS',
    [
      SECRET,
      `/${SECRET}/../x`,
      `/${SECRET}//x`,
      `/${SECRET}?x`,
      `/${SECRET}%2f`,
      `/${SECRET};`,
      ',',
      '/',
      `/ok,${SECRET}`,
      `/${SECRET}/.`,
      `https://${SECRET}/x`,
    ],
  ],
  ['UPSTREAM_TIMEOUT_MS', [SECRET, '0', '-1', '1.5', 'NaN', 'Infinity', '1e99', `1${SECRET}`]],
  ['SESSION_PASSWORD', [SECRET, `${good.SESSION_PASSWORD},${SECRET}`, ',']],
  ['SESSION_IDLE_SECONDS', [SECRET, '0', '-5', '0.5', '99999999999']],
  ['SESSION_MAX_SECONDS', [SECRET, '0']],
  ['REFRESH_GRACE_SECONDS', [SECRET, '0']],
  ['REFRESH_TIMEOUT_MS', [SECRET, '0', '120001']],
  [
    'APP_URL',
    [
      SECRET,
      `http://${SECRET}.example`,
      'http://192.168.0.1:3000',
      'http://localhost.evil.example',
      'ws://localhost',
      `https://app.example/${SECRET}`,
      `https://app.example/?${SECRET}`,
      `https://app.example/#${SECRET}`,
      `https://user:${SECRET}@app.example`,
      `http://localhost:3000/${SECRET}`,
    ],
  ],
  [
    'REDIS_URL',
    [
      SECRET,
      `http://${SECRET}`,
      `redis://:${SECRET}/x@redis.example:6379`,
      `redis://:${SECRET}#x@redis.example:6379`,
      `redis://:${SECRET}?x@redis.example:6379`,
      `redis://:${SECRET}%@redis.example:6379`,
      `redis://user:12/${SECRET}@redis.example`,
      `redis://user:12?${SECRET}@redis.example`,
    ],
  ],
  ['OIDC_ISSUER', [SECRET, `https://user:${SECRET}@id.example`, `https://id.example/?${SECRET}`]],
  ['HSTS', [SECRET, `max-age=1; ${SECRET}`, 'max-age=-1', 'max-age=1\r\nx: y', 'includeSubDomains']],
  [
    'CSP_REPORT_URI',
    [SECRET, `http://${SECRET}`, `https://a.example/;${SECRET}`, `/"${SECRET}`, `/x, ${SECRET}`],
  ],
  ['AUTH_LOGIN_PATH', [SECRET, `ftp://${SECRET}`, `/${SECRET}#x`, '/a b']],
  ['AUTH_REFRESH_PATH', [SECRET]],
  ['AUTH_LOGOUT_PATH', [SECRET]],
  [
    'APP_ORIGINS',
    [
      SECRET,
      `http://${SECRET}.example`,
      `https://*.${SECRET}`,
      `https://a.*.${SECRET}.example`,
      `https://*.*.${SECRET}.example`,
      `https://${SECRET}.example/x`,
      `https://x@${SECRET}.example`,
      `https://a.example,${SECRET}`,
      `https://a.example:*,https://${SECRET}.example`,
      'http://localhost:3001',
    ],
  ],
  [
    'COOKIE_NAME',
    [
      'Canary',
      '__Host-canary',
      '__Secure-canary',
      'canary_hint',
      'canary.0',
      'http-canary',
      '1canary',
      'canary;',
      'canary canary',
      `c${'anary'.repeat(7)}`,
    ],
  ],
  [
    'START_PAGE',
    [SECRET, `//${SECRET}`, `https://${SECRET}`, `/${SECRET}?x`, `/${SECRET}/`, `/${SECRET}//x`],
  ],
  ['LOCALES', [SECRET, 'en,(canary)', 'en|canary']],
  [
    'SIGNUP_URL',
    [
      SECRET,
      `//${SECRET}`,
      `javascript:${SECRET}`,
      `/\\${SECRET}`,
      `https://${SECRET}"x`,
      `https://x@${SECRET}`,
    ],
  ],
  ['LAB', [SECRET, 'maybe']],
  ['LOG_LEVEL', [SECRET, 'loud']],
  ['METRICS_TOKEN', ['short-canary']],
  ['TRUSTED_PROXIES', [SECRET, '-1', '0.5']],
])('%s that is wrong is named in one readable line, never its value', (name, values) => {
  for (const value of values) {
    const rest = name === 'OIDC_ISSUER' ? { OIDC_CLIENT_ID: 'x', OIDC_CLIENT_SECRET: 'y' } : {};
    const lines = complaintsOf({ ...good, ...rest, [name]: value });
    expect([value, lines.length]).toEqual([value, 1]);
    expect(lines[0]).toMatch(new RegExp(`^${name} (must|is needed:) .+\\.$`));
    expect(lines[0]).not.toMatch(/canary|\n/i);
  }
});

test.each([
  'x'.repeat(32),
  'ab'.repeat(20),
  '0123456789'.repeat(4),
  'passwordpasswordpasswordpassword',
  'password12345678901234567890123456',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'zyxwvutsrqponmlkjihgfedcba9876543210',
  'qwertyuiopasdfghjklzxcvbnm1234567890',
  '11112222333344445555666677778888',
  'complex_password_at_least_32_characters_long',
  'this-is-a-long-value-please-change-me-now',
  'Tr0ub4dor&3Tr0ub4dor&3Tr0ub4dor&3',
])('SESSION_PASSWORD %s is refused in production, in words that do not repeat it', (weak) => {
  for (const SESSION_PASSWORD of [weak, `${good.SESSION_PASSWORD},${weak}`]) {
    const lines = complaintsOf({ ...good, SESSION_PASSWORD });
    expect(lines).toEqual([expect.stringMatching(/^SESSION_PASSWORD must not be? .+: take what `openssl rand -base64 32` prints\.$|^SESSION_PASSWORD must not consist/)]);
    expect(lines[0]).not.toContain(weak);
    expect(complaintsOf({ ...good, NODE_ENV: 'development', SESSION_PASSWORD })).toEqual([]);
  }
}); // prettier-ignore

test('SESSION_PASSWORD of random bytes is taken, in every usual spelling', () => {
  for (let n = 0; n < 300; n += 1)
    for (const spelling of ['base64', 'base64url', 'hex'] as const)
      expect(complaintsOf({ ...good, SESSION_PASSWORD: randomBytes(32).toString(spelling) })).toEqual([]);
});

test.each([
  'redis://localhost:6379',
  'redis://localhost',
  'rediss://user:p%2Fa%40ss@redis.example:6380/1',
  'redis://:secret@[::1]:6379',
])('REDIS_URL may be %s', (REDIS_URL) => expect(complaintsOf({ ...good, REDIS_URL })).toEqual([]));

test('everything that is wrong is named at once', () => {
  const lines = complaintsOf({
    NODE_ENV: 'production',
    UPSTREAM_URL: 'nowhere',
    APP_URL: 'http://app.example',
    OIDC_ISSUER: 'https://id.example',
    TRUSTED_PROXIES: 'many',
  });
  expect(lines.map((line) => line.split(' ')[0]).toSorted()).toEqual(
    ['APP_URL', 'OIDC_CLIENT_ID', 'SESSION_PASSWORD', 'TRUSTED_PROXIES', 'UPSTREAM_PATHS', 'UPSTREAM_URL'], // prettier-ignore
  );
});

test('APP_ORIGINS may be hosts with and without a wildcard, of the scheme of APP_URL', () => {
  const APP_ORIGINS = 'https://A.example, https://*.preview.example,https://shop-*.host.example:8443';
  expect(readSettings({ ...good, APP_ORIGINS }).appOrigins).toEqual([
    'https://a.example',
    'https://*.preview.example',
    'https://shop-*.host.example:8443',
  ]);
  const local = {
    APP_URL: 'http://localhost:3000',
    APP_ORIGINS: 'http://*.localhost:3000,http://127.0.0.1:3000',
  };
  expect(complaintsOf({ ...good, ...local })).toEqual([]);
});

test.each(['shop', 'a', 'shop-2', 'x'.repeat(32)])('COOKIE_NAME may be %s', (COOKIE_NAME) =>
  expect(readSettings({ ...good, COOKIE_NAME }).cookieName).toBe(COOKIE_NAME),
);

test.each([
  'http://localhost:3000',
  'http://127.0.0.1:3000',
  'http://127.8.8.8',
  'http://[::1]:3000',
  'https://x.example',
])('APP_URL may be %s', (APP_URL) => expect(complaintsOf({ ...good, APP_URL })).toEqual([]));

test('what is written about a variable is one sentence, so that a start in a terminal can be read', () => {
  expect(() => readSettings({ NODE_ENV: 'production' })).toThrow(
    /^Reseal cannot start:\n( {2}- [A-Z_]+ is missing: [^\n]+\.\n?){4}$/,
  );
});
