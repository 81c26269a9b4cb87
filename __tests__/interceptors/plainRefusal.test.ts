/**
 * @jest-environment node
 */
import axios from 'axios';
import { createReauth } from '../../interceptors/reauth.ts';
import { isFinal, isRefusal } from '../../interceptors/outcome.ts';
import { refusal } from '../../interceptors/testing/answers.ts';
import { createTabs } from '../../interceptors/testing/tabs.ts';
import { refuseToken, startWireBackend, type WireBackend } from '../support/wireBackend.ts';

/** The error of an answer that is no problem document. */
const unexplained = (status: number, data: string) => ({ response: { status, data, headers: {} } });

let backend: WireBackend;
beforeEach(async () => void (backend = await startWireBackend()));
afterEach(() => backend.close());

/** The shortest engine that a reader of the documents writes before a backend of their own. */
function attached() {
  const http = axios.create({ baseURL: backend.url });
  const reauth = createReauth({
    refresh: async ({ signal }) => void (await axios.post(`${backend.url}/refresh`, {}, { signal })),
  });
  reauth.attach(http);
  return {
    reauth,
    codeOf: (path: string) =>
      http.get(path).then(
        () => 'ok',
        ({ code }) => String(code),
      ),
  };
}

describe('without a word of settings', () => {
  test.each([
    ['a plain 401', 401, ''],
    ['401 in words of its own', 401, '{"statusCode":401,"error":"Unauthorized"}'],
    ['400 invalid_grant', 400, '{"error":"invalid_grant"}'],
  ])('a refresh that is answered %s ends the session after one call', async (_, status, body) => {
    backend.expire();
    backend.nextRefresh(
      (res) => void res.writeHead(status, { 'content-type': 'application/json' }).end(body),
    );
    const { reauth, codeOf } = attached();
    expect(await Promise.all([codeOf('/a'), codeOf('/b')])).toEqual([
      'ERR_SESSION_ENDED',
      'ERR_SESSION_ENDED',
    ]);
    expect([backend.refreshes, reauth.state]).toEqual([1, 'ended']);
  });

  test('a refresh that is answered 401 with a passing reason is tried again', async () => {
    backend.expire();
    backend.nextRefresh((res) => refuseToken(res, 1));
    const { reauth, codeOf } = attached();
    expect(await codeOf('/a')).toBe('ok');
    expect([backend.refreshes, reauth.state]).toEqual([2, 'idle']);
  });
});

test('with the hint of Reseal’s server a 401 without a reason comes from a proxy in between, and the session is kept', async () => {
  const { backend: fake, clock, tabs } = createTabs(1);
  fake.expire();
  fake.script(() => Promise.reject(unexplained(401, '<h1>Who are you?</h1>')));
  const request = tabs[0]!.send('/a');
  await clock.advance(3000);
  expect([await request, tabs[0]!.reauth.state]).toEqual(['200', 'idle']);
});

test('a refusal is what is final, a 401 without a reason, and invalid_grant', () => {
  expect(isRefusal(refusal('session_ended'))).toBe(true);
  expect(isRefusal(refusal('token_expired'))).toBe(false);
  expect(isRefusal(refusal('upstream_unavailable'))).toBe(false);
  expect(isRefusal(unexplained(401, ''))).toBe(true);
  expect(isRefusal(undefined)).toBe(false);
  expect(isFinal(unexplained(401, ''))).toBe(false);
});
