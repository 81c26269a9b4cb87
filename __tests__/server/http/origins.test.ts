import { createOriginFinder } from '../../../server/http/origins.ts';

interface Given {
  readonly app?: string;
  readonly list?: readonly string[];
  readonly proxies?: number;
}

function find(
  { app = 'https://app.example', list = [], proxies = 0 }: Given,
  headers: Record<string, string>,
): string {
  const originOf = createOriginFinder({ appUrl: new URL(app), appOrigins: list, trustedProxies: proxies });
  try {
    const { origin, host } = originOf({ headers });
    expect(origin.endsWith(`//${host}`)).toBe(true);
    return origin;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const list = ['https://a.example', 'https://*.preview.example', 'https://shop-*.host.example:8443'];
const refused = 'host_not_allowed';

test('without APP_ORIGINS the host of a request does not count', () => {
  for (const host of ['app.example', '10.0.0.1:3000', 'evil.example', ''])
    expect(find({}, { host, 'x-forwarded-host': 'evil.example' })).toBe('https://app.example');
});

test.each([
  ['app.example', 'https://app.example'],
  ['APP.example', 'https://app.example'],
  ['app.example:443', 'https://app.example'],
  ['a.example', 'https://a.example'],
  ['x-1.preview.example', 'https://x-1.preview.example'],
  ['shop-7.host.example:8443', 'https://shop-7.host.example:8443'],
  ['app.example:8443', refused],
  ['shop-7.host.example', refused],
  ['shop-.host.example:8443', refused],
  ['shop.host.example:8443', refused],
  ['b.example', refused],
  ['a.example.', refused],
  ['a-example', refused],
  ['evil-a.example', refused],
  ['a.example.evil.example', refused],
  ['preview.example', refused],
  ['.preview.example', refused],
  ['x.y.preview.example', refused],
  ['x@y.preview.example', refused],
  ['x/.preview.example', refused],
  ['a.example, evil.example', refused],
  ['evil.example/a.example', refused],
  ['a.example\r\nx: y', refused],
])('with APP_ORIGINS the host %j is %s', (host, expected) => expect(find({ list }, { host })).toBe(expected));

test.each([
  [0, 'evil.example', 'https://a.example'],
  [0, 'x.preview.example', 'https://a.example'],
  [1, 'x.preview.example', 'https://x.preview.example'],
  [1, '', 'https://a.example'],
  [1, 'evil.example', refused],
  [1, 'evil.example, x.preview.example', 'https://x.preview.example'],
  [1, 'x.preview.example, evil.example', refused],
  [2, 'evil.example, x.preview.example, inner.example', 'https://x.preview.example'],
  [2, 'x.preview.example', 'https://x.preview.example'],
])('behind %i trusted proxies X-Forwarded-Host %j beside the host a.example leads to %s', (proxies, forwarded, expected) => {
  const headers = { host: 'a.example', 'x-forwarded-host': forwarded };
  expect(find({ list, proxies }, headers)).toBe(expected);
}); // prettier-ignore

test('on loopback the port belongs to the origin, and 80 is none', () => {
  const given = { app: 'http://localhost:3000', list: ['http://*.localhost:3000', 'http://127.0.0.1'] };
  expect(find(given, { host: 't.localhost:3000' })).toBe('http://t.localhost:3000');
  expect(find(given, { host: 't.localhost:3001' })).toBe(refused);
  expect(find(given, { host: '127.0.0.1:80' })).toBe('http://127.0.0.1');
});
