import { codeOf } from '../../testing/browser.ts';
import { startHost, type Host } from './doors.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost({
    reseal: {
      appUrl: 'https://app.example',
      appOrigins: ['https://a.example', 'https://*.preview.example'],
      upstreamPaths: ['/echo'],
    },
  });
});
afterAll(() => host.close());

const post = (origin: string, path: string, body: object) =>
  host.reseal.fetch(
    new Request(origin + path, {
      method: 'POST',
      headers: { 'X-Reseal': '1', Origin: origin, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
const credentials = { username: 'ada', password: 'lovelace' };

test('the fetch door takes the origin from the address of the request, and refuses one that is not listed', async () => {
  for (const origin of ['https://app.example', 'https://a.example', 'https://x.preview.example'])
    expect((await post(origin, '/api/login', credentials)).status).toBe(200);
  const stranger = await post('https://evil.example', '/api/login', credentials);
  expect([stranger.status, await codeOf(stranger)]).toEqual([421, 'host_not_allowed']);
});

test('upstreamFetch tells the upstream the host that the page was asked under', async () => {
  const login = await post('https://a.example', '/api/login', credentials);
  const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0]).join('; '); // prettier-ignore
  const forwardedFor = async (named: string) => {
    const request = { headers: { cookie, host: named } };
    const answer = await host.reseal.upstreamFetch('/echo', { request });
    return answer.ok
      ? ((await answer.json()) as { headers: Record<string, string> }).headers['x-forwarded-host']
      : codeOf(answer);
  };
  expect(await forwardedFor('a.example')).toBe('a.example');
  expect(await forwardedFor('app.example')).toBe('app.example');
  expect(await forwardedFor('evil.example')).toBe('host_not_allowed');
});
