import { AuthorizationResponseError } from 'openid-client';
import { StoreUnreachable } from '../../../server/store/contracts.ts';
import { IssuerError } from '../../../server/issuers/failure.ts';
import { createLog } from '../../../server/ops/log.ts';
import { kindOf, ourError, ResealError } from '../../../server/resealError.ts';

const lines: string[] = [];
const log = createLog('debug', { write: (line: string) => void lines.push(line) });
beforeEach(() => void lines.splice(0));

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';
const logged = () => lines.join('');
const errOf = (err: unknown) => {
  log.error({ err }, 'failed');
  return (JSON.parse(lines.at(-1) ?? '') as { err: Record<string, unknown> }).err;
};

/** Errors of others, each with the token in another of its parts. */
const foreign: Readonly<Record<string, () => unknown>> = {
  'a message': () => new Error(`The token ${TOKEN} is bad`),
  'a message in the wording of ours': () => new TypeError(`Reseal cannot use ${TOKEN}`),
  'a message that looks like a stack': () => new Error(`x\n    at /x/${TOKEN}.ts:1:1\n    at ${TOKEN} (file.ts:1:1)`),
  'a message that was changed': () => Object.assign(new Error('short'), { message: `The token ${TOKEN} is bad` }),
  'a name': () => Object.assign(new Error('x'), { name: TOKEN }),
  'a code': () => Object.assign(new Error('x'), { code: TOKEN }),
  'a code in capitals': () => Object.assign(new Error('x'), { code: 'A9F3K2M8Q1Z7X5' }),
  'an error word': () => Object.assign(new Error('x'), { error: TOKEN }),
  'a status': () => Object.assign(new Error('x'), { status: TOKEN }),
  'other properties': () => Object.assign(new Error('x'), { body: TOKEN, headers: { a: TOKEN }, oauthError: TOKEN }),
  'a cause': () => new Error('x', { cause: new Error(`The token ${TOKEN}`, { cause: TOKEN }) }),
  'an aggregate': () => new AggregateError([new Error(TOKEN)], `The ${TOKEN}`),
  'a string': () => TOKEN,
  'an object': () => ({ message: TOKEN }),
}; // prettier-ignore

describe.each(Object.entries(foreign))('an error of others with a token in %s', (_, make) => {
  test('leaves no token in the log, wherever the call puts it', () => {
    const err = make();
    log.error({ err }, 'failed');
    log.error({ err });
    if (err instanceof Error) {
      log.error(err);
      log.error(err, 'failed');
      log.error({ cause: err, other: err }, 'failed');
      log.error({}, 'failed: %s', err);
      log.error({ err: ourError('The issuer did not answer.', { cause: err }) }, 'failed');
    }
    log.error({ err: new StoreUnreachable(err) }, 'failed');
    expect(lines.length).toBeGreaterThan(2);
    expect(logged()).not.toMatch(/eyJ|c2lnbmF0dXJl|A9F3K2M8Q1Z7X5/);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  });
});

test('an error of ours shows its name, message, code, status and OAuth error word', () => {
  const err = new IssuerError({
    endpoint: 'token',
    status: 400,
    body: { error: 'invalid_scope', error_description: TOKEN },
  });
  expect(errOf(err)).toMatchObject({
    name: 'IssuerError',
    message: expect.stringContaining('The issuer answered 400'),
    code: 'issuer_answer',
    status: 400,
    oauthError: 'invalid_scope',
    endpoint: 'token',
  });
  expect(logged()).not.toContain('eyJ');
});

test('an error of others keeps its name, its code and its OAuth error word where they are well known', () => {
  const socket = Object.assign(new Error(TOKEN), { name: 'SocketError', code: 'UND_ERR_SOCKET' });
  expect(errOf(new TypeError('fetch failed', { cause: socket }))).toMatchObject({
    name: 'TypeError',
    cause: { name: 'SocketError', code: 'UND_ERR_SOCKET' },
  });
  for (const code of ['ECONNREFUSED', 'ERR_INVALID_URL', 'OAUTH_PARSE_ERROR', 'ENOTFOUND', 'EAI_AGAIN', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_STREAM_PREMATURE_CLOSE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'])
    expect(errOf(Object.assign(new Error('x'), { code }))).toMatchObject({ name: 'Error', code }); // prettier-ignore
  const denied = new AuthorizationResponseError('x', {
    cause: new URLSearchParams({ error: 'access_denied' }),
  });
  expect(errOf(denied)).toMatchObject({
    code: 'OAUTH_AUTHORIZATION_RESPONSE_ERROR',
    oauthError: 'access_denied',
  });
});

test('a minified class name is not a name', () => {
  class ab extends Error {
    override name = 'ab';
  }
  expect(errOf(new ab('x'))).toMatchObject({ name: 'Error' });
});

test('the place of an error is the file and the line that made it', () => {
  expect(errOf(new Error('x\ny'))).toMatchObject({ at: expect.stringMatching(/^log\.test\.ts:\d+:\d+$/) });
  expect(errOf(Object.assign(new Error('x'), { stack: undefined })).at).toBeUndefined();
});

test('an error is recognised by its brand in another copy of the class', async () => {
  jest.resetModules();
  const copy = await import('../../../server/store/contracts.ts');
  const error = new copy.StoreUnreachable(null);
  expect(error).not.toBeInstanceOf(StoreUnreachable);
  expect(kindOf(error)).toBe('StoreUnreachable');
  expect(errOf(error)).toMatchObject({ name: 'StoreUnreachable', code: 'store_unreachable' });
  for (const value of [null, undefined, 'StoreUnreachable', new Error('x'), { name: 'StoreUnreachable' }])
    expect(kindOf(value)).toBeNull();
  expect(kindOf(new ResealError('Any', 'The message.'))).toBe('Any');
});
