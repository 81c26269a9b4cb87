import { isTokenEndpointFailure, normaliseTokenAnswer } from '../../server/issuers/oidc/tokenAnswer.ts';
import { oddAnswers } from '../support/oddAnswers.ts';
import { FakeClock } from '../support/fakeClock.ts';

const clock = new FakeClock();
const good = {
  access_token: 'a',
  refresh_token: 'r',
  token_type: 'Bearer',
  id_token: 'x.y.z',
  expires_in: 60,
};

async function normalised(grant: string, status: number, body: unknown) {
  const answer = new Response(JSON.stringify(body), { status });
  return normaliseTokenAnswer(answer, new URLSearchParams({ grant_type: grant }), clock);
}

test.each(oddAnswers)(
  'a login answer that $title reaches the library in the form that it accepts',
  async (odd) => {
    const { status = 200, change = {} } = odd;
    const answer = await normalised('authorization_code', status, { ...good, ...change });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).toMatchObject({ access_token: 'a', refresh_token: 'r', token_type: 'bearer' });
    // The ID token of a login is for the library to judge, whatever it is.
    expect(body['id_token']).toEqual('id_token' in change ? change['id_token'] : 'x.y.z');
  },
);

test('the ID token of a refresh is dropped', async () => {
  const answer = await normalised('refresh_token', 200, good);
  expect(await answer.json()).not.toHaveProperty('id_token');
});

test('an answer to another call than one of the token endpoint stays as it is', async () => {
  const answer = new Response('{"a":1}', { status: 201 });
  expect(await normaliseTokenAnswer(answer, undefined, clock)).toBe(answer);
});

test.each([
  ['suberror', { error: 'invalid_grant', suberror: 'consent_required' }],
  ['code', { error: 'invalid_grant', error_codes: [65_001] }],
])(
  'Entra’s invalid_grant whose %s says that a scope lacks consent is about that scope, and not about the refresh token',
  async (_, body) => {
    const refusal = async (params: Record<string, string>) => {
      const answer = new Response(JSON.stringify(body), { status: 400 });
      const form = new URLSearchParams({ grant_type: 'refresh_token', ...params });
      return normaliseTokenAnswer(answer, form, clock).catch((error: unknown) =>
        isTokenEndpointFailure(error) ? error.failure : error,
      );
    };
    expect(await refusal({ scope: 'api://billing/.default' })).toMatchObject({
      kind: 'rejected',
      cause: { oauthError: 'consent_required' },
    });
    expect(await refusal({})).toEqual({ kind: 'refused' });
  },
);
