import fc from 'fast-check';
import { LOCALES, pathIn } from '../../contract/locale.ts';
import { createReturnTo } from '../../contract/returnTo.ts';

const safeReturnTo = createReturnTo({
  basePath: '',
  locales: LOCALES,
  loginPage: '/login',
  startPage: '/notes',
});

const ELSEWHERE = [
  'https://evil.example', 'http://evil.example/', '//evil.example', '///evil.example', '////evil.example/x', '/\\evil.example', '\\\\evil.example',
  '\\/evil.example', '/\\/evil.example', '//\\evil.example', '/\t/evil.example', '/\n/evil.example', '/\r/evil.example', '\t//evil.example', ' //evil.example',
  '/\u0009/evil.example', '/%09/evil.example/../..//evil.example', '/.//evil.example', '/..//evil.example', '/./\\evil.example', '/x/..//evil.example', '/x/../\\evil.example',
  '/../../\\\\evil.example', '/%2e%2e//evil.example', '/.\t//evil.example', '/x/%2e%2e//evil.example', '/%2e//evil.example', '/%2E%2e/\\evil.example',
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', '\u0001javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'blob:http://x', 'file:///etc/passwd',
  'mailto:a@b', 'ftp://evil.example', 'ws://evil.example', 'http:evil.example', 'https:/evil.example', 'http:\\\\evil.example', 'https:///evil.example', 'hTTps://evil.example', 'evil.example', '@evil.example',
  'user@evil.example', '.evil.example', ':80', '?x', '#x', '', ' ', '.', '..', '../x', './x', 'notes', '\u0000/notes', '\ufeff//evil.example', '//evil.example\\@app.example', '//app.example@evil.example',
  '//[::1]/', '//127.0.0.1', '//2130706433', '//evil。example', '//\u2044evil.example', '//evil.example:443/notes', '//evil.example/%2f..', '//evil.example#/notes', '//evil.example?/notes',
  '/\\\t/evil.example', '/\u0009\u0009//evil.example', '/\\\\\\evil.example',
]; // prettier-ignore

/** Places of ours that no login should lead to: they answer no page, or ask for the login again. */
const NOT_A_PAGE = [
  '/api', '/api/', '/api/logout', '/API/user', '/api?x', '/api#x', '/login', '/login?returnTo=/login', '/Login', '/login/', '/./login', '/x/../login', '/x/../api/user', '/login#x',
  '/%61pi/user', '/%6cogin', '/logi%6E?x', '/%61%70%69',
  '/ko/api', '/ko/api/logout', '/ko/login', '/KO/login?x', '/en/login', '/en/api/user', '/%6bo/login', '/k%6F/%61pi', '/x/../ko/login', '/ko//evil.example', '/en//evil.example', '/ko/%2fevil.example', '/ko//login',
  '/ko/ko/login', '/ko/en/api/user', '/ko/ko', '/ko/ko/notes', '/en/ko', '/KO/Ko/login', '/%6bo/ko/login', '/ko/%6B%6F/login', '/ko/./ko/login', '/x/../ko/ko/login',
  '/%256cogin', '/%25256cogin', '/%256bo/login', '/ko/%256bo/login', '/ko/%2561pi',
]; // prettier-ignore

test(`of ${ELSEWHERE.length} ways out none leads out`, () => {
  expect(ELSEWHERE.length).toBeGreaterThanOrEqual(60);
  for (const given of ELSEWHERE) expect([given, safeReturnTo(given)]).toEqual([given, '/notes']);
});

test.each(NOT_A_PAGE)('a login leads to no address that is no page: %s', (given) =>
  expect(safeReturnTo(given)).toBe('/notes'),
);

test.each([
  undefined,
  null,
  1,
  {},
  [],
  ['/notes'],
  ['/session', '//evil.example'],
  true,
  Symbol('x'),
  () => '/session',
])('what is no text is no place (%#)', (given) => expect(safeReturnTo(given)).toBe('/notes'));

test.each([
  ['/', '/'],
  ['/session', '/session'],
  ['/notes?tag=a&tag=b#top', '/notes?tag=a&tag=b#top'],
  ['/notes/../session', '/session'],
  ['/lab?path=//x', '/lab?path=//x'],
  ['/notes?next=https://evil.example', '/notes?next=https://evil.example'],
  ['/loginx', '/loginx'],
  ['/apiary', '/apiary'],
  ['/ko', '/ko'],
  ['/ko/session', '/ko/session'],
  ['/ko/loginx', '/ko/loginx'],
  ['/korea/login', '/korea/login'],
  ['/ko/kosher', '/ko/kosher'],
  ['/notes/ko/ko', '/notes/ko/ko'],
  ['/한', '/%ED%95%9C'],
  ['/100%', '/100%'],
  ['/a//b', '/a//b'],
])('a page of ours is returned to: %s', (given, expected) => expect(safeReturnTo(given)).toBe(expected));

test.each([
  ['/ko/ko/notes', '/notes', '/ko/notes'],
  ['/en/ko/en', '/', '/ko'],
  ['/KO/en/ko?x', '/?x', '/ko?x'],
  ['/ko/kosher', '/kosher', '/ko/kosher'],
])('a path with the languages %s loses all of them before it gets one', (path, english, korean) => {
  expect([pathIn('en', path), pathIn('ko', path)]).toEqual([english, korean]);
});

test('whatever is given, a browser that follows it stays here, and asking twice changes nothing', () => {
  const piece = fc.oneof(
    fc.constantFrom('/', '//', '\\', '..', '.', '%2e', '%2f', '%5c', '\t', '\n', '\r', ' ', '@', ':', '?', '#', 'evil.example', 'http:', 'javascript:', 'api', 'login', 'ko', '/ko/', '%6c', '\u0000', '\ufeff'),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 3 }).map((units) => String.fromCharCode(...units)),
  ); // prettier-ignore
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, rooted) => {
      const place = safeReturnTo((rooted ? '/' : '') + pieces.join(''));
      const url = new URL(place, 'https://app.example/login');
      expect(url.origin).toBe('https://app.example');
      expect(url.pathname).not.toMatch(/^(\/(en|ko))?\/(\/|(api|login)(\/|$))/i);
      expect(url.pathname).not.toMatch(/^(\/(en|ko)){2}(\/|$)/i);
      for (const locale of LOCALES) expect(pathIn(locale, place)).toMatch(/^\/(?![/\\])/);
      expect(place).toMatch(/^\/(?!\/)[\x21-\x7e]*$/);
      expect(safeReturnTo(place)).toBe(place);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 2000) },
  );
});

describe('in an app with a base path, pages and languages of its own', () => {
  const read = createReturnTo({
    basePath: '/shop.eu',
    locales: ['de', 'pt-BR'],
    loginPage: '/sign-in/now',
    startPage: '/',
  });

  test.each([
    '//evil.example',
    '/shop.eu//evil.example',
    '/sign-in/now',
    '/shop.eu/sign-in/now?x',
    '/shop.eu/pt-br/sign-in/now',
    '/de/api/logout',
    '/shop.eu/api/logout',
    '/shop.eu/de/api',
    '/shop.eu/de/pt-BR/orders',
    '/de//evil.example',
  ])('a login leads to the start page instead of %s', (given) => expect(read(given)).toBe('/shop.eu/'));

  test.each([
    '/shop.eu/orders',
    '/shop.eu/de/orders',
    '/shop.eu/login',
    '/ko/login',
    '/ko/ko',
    '/shopxeu/api',
    '/shop.eu/sign-in',
    '/de',
  ])('a login leads to %s', (given) => expect(read(given)).toBe(given));

  test('no language is taken off where there is none', () => {
    const plain = createReturnTo({ basePath: '', locales: [], loginPage: '/login', startPage: '/start' });
    for (const given of ['/en/api', '/ko/login', '/en/ko']) expect(plain(given)).toBe(given);
    for (const given of ['/api', '/login', '//x']) expect(plain(given)).toBe('/start');
  });
});
