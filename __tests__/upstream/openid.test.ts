import { createHash } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { startIssuer, type TestIssuer } from '../../testkit/index.ts';

jest.setTimeout(30_000);

const VERIFIER = 'a-verifier-of-at-least-forty-three-characters';
const REDIRECT = 'http://localhost:3000/api/callback';

let issuer: TestIssuer;
beforeAll(async () => void (issuer = await startIssuer()));
beforeEach(() => issuer.reset());
afterAll(() => issuer.close());

/** Logs ada in at the form; answers where the provider sends the browser. */
async function authorize(changes: Readonly<Record<string, string>> = {}, form = {}): Promise<URL> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: issuer.clientId,
    redirect_uri: REDIRECT,
    state: 's',
    nonce: 'n',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  });
  const response = await fetch(`${issuer.url}/authorize?${query}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ username: 'ada', password: 'lovelace', ...form }),
  });
  return new URL(response.headers.get('location') ?? '', issuer.url);
}

type Answer = Readonly<
  Partial<Record<'access_token' | 'refresh_token' | 'id_token' | 'error' | 'token_type', string>>
>;

/** Asks for tokens; answers the status and the body. */
async function token(form: Readonly<Record<string, string>>, secret = issuer.clientSecret) {
  const body = new URLSearchParams({ client_id: issuer.clientId, client_secret: secret, ...form });
  const response = await fetch(`${issuer.url}/token`, { method: 'POST', body });
  return { status: response.status, ...((await response.json()) as Answer) };
}

const exchange = (code: string, changes = {}) =>
  token({
    grant_type: 'authorization_code',
    code,
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT,
    ...changes,
  });
const refresh = (value: string) => token({ grant_type: 'refresh_token', refresh_token: value });
const codeOf = async () => (await authorize()).searchParams.get('code') ?? '';
const REFUSED = { status: 400, error: 'invalid_grant' };

test('a code works once, and only with its verifier and its redirect address', async () => {
  const other = 'http://localhost:3000/other';
  expect(await exchange(await codeOf(), { code_verifier: 'another' })).toMatchObject(REFUSED);
  expect(await exchange(await codeOf(), { redirect_uri: other })).toMatchObject(REFUSED);
  const code = await codeOf();
  expect(await exchange(code)).toMatchObject({ status: 200, token_type: 'Bearer' });
  expect(await exchange(code)).toMatchObject(REFUSED);
});

test('a client with another secret is refused', async () => {
  const form = { grant_type: 'authorization_code', code: await codeOf() };
  expect(await token(form, 'wrong')).toMatchObject({ status: 401, error: 'invalid_client' });
});

test('a refresh token that is presented twice ends its session, and the counts say so', async () => {
  const first = await exchange(await codeOf());
  const second = await refresh(first.refresh_token ?? '');
  expect(second.status).toBe(200);
  expect(await refresh(first.refresh_token ?? '')).toMatchObject(REFUSED);
  expect(await refresh(second.refresh_token ?? '')).toMatchObject(REFUSED);
  const me = { headers: { authorization: `Bearer ${second.access_token}` } };
  expect((await fetch(`${issuer.url}/me`, me)).status).toBe(401);
  const { reuseDetections, familiesRevoked, maxPresentations } = issuer.stats();
  expect([reuseDetections, familiesRevoked, maxPresentations]).toEqual([1, 1, 2]);
});

test('ID token and access token are verified with the published key', async () => {
  const tokens = await exchange(await codeOf());
  const keys = createRemoteJWKSet(new URL(`${issuer.url}/jwks`));
  const expected = { issuer: issuer.url, audience: issuer.clientId };
  const { payload } = await jwtVerify(tokens.id_token ?? '', keys, expected);
  expect(payload).toMatchObject({ sub: 'user-ada', name: 'Ada Lovelace', nonce: 'n' });
  const access = await jwtVerify(tokens.access_token ?? '', keys, { ...expected, typ: 'at+jwt' });
  expect(access.payload.sub).toBe('user-ada');
});

test('what the provider cannot do comes back as an error', async () => {
  const errorOf = async (changes: Readonly<Record<string, string>>, form = {}) =>
    (await authorize(changes, form)).searchParams.get('error');
  expect(await errorOf({ prompt: 'none' })).toBe('login_required');
  expect(await errorOf({ response_type: 'token' })).toBe('unsupported_response_type');
  expect(await errorOf({ code_challenge_method: 'plain' })).toBe('invalid_request');
  expect(await errorOf({}, { cancel: '1' })).toBe('access_denied');
});
