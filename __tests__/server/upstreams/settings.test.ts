import { asEnvironment } from '../../../server/settings/inCode.ts';
import { readSettings, SettingsError } from '../../../server/settings/fromEnv.ts';
import { resourcesOf } from '../../../server/settings/resources.ts';
import { allUpstreams } from '../../../server/settings/upstreams.ts';

const good = {
  NODE_ENV: 'production',
  UPSTREAM_URL: 'https://api.example',
  UPSTREAM_PATHS: '/notes,/me',
  SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
  APP_URL: 'https://app.example',
};
const billing = {
  UPSTREAM_BILLING_URL: 'https://billing.example/v1',
  UPSTREAM_BILLING_PATHS: '/invoices,/payments',
  UPSTREAM_BILLING_TOKEN: 'user',
};
const oidc = { OIDC_ISSUER: 'https://id.example', OIDC_CLIENT_ID: 'reseal', OIDC_CLIENT_SECRET: 'secret' };

const linesOf = (environment: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
};

test('an upstream that has a name is read beside the default one, and takes over its time and its limits', () => {
  const settings = readSettings({
    ...good,
    ...billing,
    UPSTREAM_TIMEOUT_MS: '5000',
    UPSTREAM_CONCURRENCY: '9',
    UPSTREAM_BILLING_CONCURRENCY: '7',
    UPSTREAM_BILLING_REQUEST_HEADERS: 'X-Tenant-Id',
  });
  const [first, second] = allUpstreams(settings);
  expect(first).toMatchObject({ name: 'default', paths: ['/notes', '/me'], token: 'user', timeoutMs: 5000 });
  expect(second).toMatchObject({
    name: 'billing',
    url: new URL('https://billing.example/v1'),
    paths: ['/invoices', '/payments'],
    token: 'user',
    timeoutMs: 5000,
    callLimits: { perSession: 256, total: 7 },
  });
  expect([first, second].map((one) => one?.headerLists.request.has('x-tenant-id'))).toEqual([false, true]);
});

test('upstreams in code are the same settings as upstreams in the environment', () => {
  const code = asEnvironment({
    upstreams: {
      billing: { url: 'https://billing.example/v1', paths: ['/invoices', '/payments'], token: 'user' },
      userSearch: {
        url: new URL('https://search.example'),
        paths: ['/search'],
        token: 'none',
        timeoutMs: 500,
      },
    },
  });
  expect(code).toEqual({
    ...billing,
    UPSTREAM_USER_SEARCH_URL: 'https://search.example/',
    UPSTREAM_USER_SEARCH_PATHS: '/search',
    UPSTREAM_USER_SEARCH_TOKEN: 'none',
    UPSTREAM_USER_SEARCH_TIMEOUT_MS: '500',
  });
  const names = readSettings({ ...good, ...code }).upstreams.map(({ name, timeoutMs }) => [name, timeoutMs]);
  expect(names).toEqual([
    ['billing', 30_000],
    ['user_search', 500],
  ]);
});

test.each([
  [{ UPSTREAM_BILLING_TOKEN: '' }, 'UPSTREAM_BILLING_TOKEN must be one of user, none, user-or-none, client.'],
  [{ UPSTREAM_BILLING_TOKEN: 'person' }, 'UPSTREAM_BILLING_TOKEN must be one of user, none, user-or-none, client.'],
  [{ UPSTREAM_BILLING_URL: 'billing' }, 'UPSTREAM_BILLING_URL must be an http or https address.'],
  [{ UPSTREAM_BILLING_PATHS: '' }, 'UPSTREAM_BILLING_PATHS is missing: the path prefixes that the proxy forwards, such as /notes,/me.'],
  [{ UPSTREAM_BILLING_REQUEST_HEADERS: 'Cookie' }, 'UPSTREAM_BILLING_REQUEST_HEADERS must not name a header that the proxy writes itself, a cookie, a credential or a security policy.'],
  [{ UPSTREAM_BILLING_TIMEOUT_MS: '0' }, 'UPSTREAM_BILLING_TIMEOUT_MS must be 1 or more.'],
  [{ UPSTREAM_BILLING_TOKEN: 'client' }, 'UPSTREAM_BILLING_TOKEN=client needs OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET: the provider gives the app its own token.'],
  [{ UPSTREAM_BILLING_CLIENT_PARAMS: 'scope=x' }, 'UPSTREAM_BILLING_CLIENT_PARAMS needs UPSTREAM_BILLING_TOKEN=client.'],
  [{ UPSTREAM_TOKEN: 'client' }, 'UPSTREAM_TOKEN=client needs OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET: the provider gives the app its own token.'],
])('%j is refused at the start in one line', (changes, line) => {
  expect(linesOf({ ...good, ...billing, ...changes })).toEqual([line]);
}); // prettier-ignore

test('a variable of an upstream without an address, such as a misspelt one, is refused at the start', () => {
  expect(linesOf({ ...good, ...billing, UPSTREAM_BILING_TIMEOUT_MS: '5' })).toEqual([
    'UPSTREAM_BILING_URL is missing: the API behind Reseal, such as https://api.example.com.',
    'UPSTREAM_BILING_PATHS is missing: the path prefixes that the proxy forwards, such as /notes,/me.',
    'UPSTREAM_BILING_TOKEN must be one of user, none, user-or-none, client.',
  ]);
  expect(linesOf({ ...good, UPSTREAM_DEFAULT_URL: 'https://x.example' })).toEqual([
    expect.stringMatching(/^UPSTREAM_<NAME>_URL must have a name .* other than DEFAULT\.$/),
  ]);
});

test.each([
  ['/invoices', '/notes,/invoices'],
  ['/notes/shared', '/notes'],
  ['/a,/notes', '/notes/shared'],
])('the paths %s beside %s are refused: each path belongs to one upstream', (own, other) => {
  const lines = linesOf({ ...good, ...billing, UPSTREAM_BILLING_PATHS: own, UPSTREAM_PATHS: other });
  expect(lines).toEqual([
    expect.stringMatching(
      /^UPSTREAM_BILLING_PATHS must not overlap UPSTREAM_PATHS: .* \(path \d of the former, path \d of the latter\)\.$/,
    ),
  ]);
});

test('paths that only begin alike do not overlap', () => {
  const paths = { UPSTREAM_BILLING_PATHS: '/notes2,/mexico', UPSTREAM_PATHS: '/notes,/me' };
  expect(linesOf({ ...good, ...billing, ...paths })).toEqual([]);
});

test('the app’s own token needs a client that has a secret', () => {
  const client = { ...good, ...billing, UPSTREAM_BILLING_TOKEN: 'client', ...oidc };
  expect(linesOf(client)).toEqual([]);
  expect(linesOf({ ...client, OIDC_CLIENT_AUTH: 'none' })).toEqual([
    expect.stringMatching(/^UPSTREAM_BILLING_TOKEN=client needs /),
  ]);
});

test('the issuer’s paths are refused on each upstream that stands at the issuer’s address', () => {
  const named = { ...billing, UPSTREAM_BILLING_URL: 'https://api.example', UPSTREAM_BILLING_PATHS: '/auth' };
  const excluded = allUpstreams(readSettings({ ...good, ...named })).map(({ issuerPaths }) => issuerPaths);
  expect(excluded).toEqual([
    ['/auth/login', '/auth/refresh', '/auth/logout'],
    ['/auth/login', '/auth/refresh', '/auth/logout'],
  ]);
});

describe('an upstream with a token of its own', () => {
  const resource = { UPSTREAM_BILLING_RESOURCE: 'https://billing.example' };
  const keysOf = (environment: Readonly<Record<string, string>>) =>
    allUpstreams(readSettings({ ...good, ...billing, ...oidc, ...environment })).map(
      (upstream) => upstream.resource?.key ?? null,
    );

  test('is asked for by what its variables name, and shares the token with an upstream that names the same', () => {
    const search = {
      UPSTREAM_SEARCH_URL: 'https://search.example',
      UPSTREAM_SEARCH_PATHS: '/search',
      UPSTREAM_SEARCH_TOKEN: 'user-or-none',
      UPSTREAM_SEARCH_RESOURCE: 'https://billing.example',
    };
    const settings = readSettings({ ...good, ...billing, ...oidc, ...resource, ...search });
    const resources = resourcesOf(allUpstreams(settings));
    expect([...resources.values()]).toEqual([{ resource: 'https://billing.example' }]);
    expect(keysOf({ ...resource, ...search })).toEqual([null, ...resources.keys(), ...resources.keys()]);
  });

  test('has another key for another resource, for another scope, and for the two together', () => {
    const scope = { UPSTREAM_BILLING_SCOPE: 'invoices.read invoices.write' };
    const other = { UPSTREAM_BILLING_RESOURCE: 'https://billing.example/' };
    const keys = [resource, other, scope, { ...resource, ...scope }].map((one) => keysOf(one)[1]);
    expect(new Set(keys).size).toBe(4);
    for (const key of keys) expect(key).toMatch(/^[\w-]{8}$/);
  });

  test('that is exchanged is in no session, and may be had with PROXY_REFRESH=never', () => {
    const exchanged = { ...resource, UPSTREAM_BILLING_EXCHANGE: '1', PROXY_REFRESH: 'never' };
    const upstreams = allUpstreams(readSettings({ ...good, ...billing, ...oidc, ...exchanged }));
    expect(upstreams[1]?.resource).toMatchObject({
      by: 'exchange',
      params: { resource: 'https://billing.example' },
    });
    expect(upstreams[1]?.resource?.key).not.toBe(keysOf(resource)[1]);
    expect(resourcesOf(upstreams).size).toBe(0);
  });

  test('may be the default one', () => {
    expect(keysOf({ UPSTREAM_SCOPE: 'api://notes/.default' })[0]).toMatch(/^[\w-]{8}$/);
  });

  test.each([
    [{ ...oidc, UPSTREAM_BILLING_RESOURCE: 'billing' }, 'UPSTREAM_BILLING_RESOURCE must be an absolute URI without a fragment, such as https://api.example.com.'],
    [{ ...oidc, UPSTREAM_BILLING_RESOURCE: 'https://billing.example/#a' }, 'UPSTREAM_BILLING_RESOURCE must be an absolute URI without a fragment, such as https://api.example.com.'],
    [{ ...oidc, UPSTREAM_BILLING_SCOPE: 'a  b' }, 'UPSTREAM_BILLING_SCOPE must be scopes with a space between them, such as invoices.read.'],
    [{ ...oidc, ...resource, UPSTREAM_BILLING_TOKEN: 'none' }, 'UPSTREAM_BILLING_RESOURCE needs UPSTREAM_BILLING_TOKEN=user or user-or-none: such a token belongs to a session.'],
    [{ ...oidc, UPSTREAM_BILLING_EXCHANGE: '1' }, 'UPSTREAM_BILLING_EXCHANGE needs UPSTREAM_BILLING_RESOURCE, UPSTREAM_BILLING_AUDIENCE or UPSTREAM_BILLING_SCOPE: what the token is for.'],
    [{ ...oidc, UPSTREAM_BILLING_AUDIENCE: 'billing' }, 'UPSTREAM_BILLING_AUDIENCE needs UPSTREAM_BILLING_EXCHANGE=1: a refresh asks by UPSTREAM_BILLING_RESOURCE or UPSTREAM_BILLING_SCOPE.'],
    [{ ...resource, UPSTREAM_BILLING_EXCHANGE: '1' }, 'UPSTREAM_BILLING_EXCHANGE needs OIDC_ISSUER and OIDC_CLIENT_ID: a provider gives tokens for single resources.'],
    [resource, 'UPSTREAM_BILLING_RESOURCE needs OIDC_ISSUER and OIDC_CLIENT_ID: a provider gives tokens for single resources.'],
    [{ ...oidc, ...resource, UPSTREAM_BILLING_SCOPE: 'a', PROXY_REFRESH: 'never' }, 'UPSTREAM_BILLING_RESOURCE and UPSTREAM_BILLING_SCOPE need another PROXY_REFRESH than never: the first token of a resource is obtained by the call that needs it.'],
  ])('%j is refused at the start in one line', (changes, line) => {
    expect(linesOf({ ...good, ...billing, ...changes })).toEqual([line]);
  }); // prettier-ignore
});
