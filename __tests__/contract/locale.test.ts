import { localeOf, pathIn } from '../../contract/locale.ts';

test.each([
  ['ko', '/session', '/ko/session'],
  ['ko', '/', '/ko'],
  ['ko', '/?x=1', '/ko?x=1'],
  ['ko', '/ko/session#top', '/ko/session#top'],
  ['ko', '/en/notes', '/ko/notes'],
  ['en', '/ko/session?a=/ko', '/session?a=/ko'],
  ['en', '/ko', '/'],
  ['en', '/ko?x', '/?x'],
  ['en', '/korea', '/korea'],
  ['en', '/session', '/session'],
] as const)('in %s %s is %s', (locale, path, expected) => expect(pathIn(locale, path)).toBe(expected));

test.each(['/ko//evil.example', '/en//evil.example', '//evil.example', '/ko///evil.example'])(
  'no path of ours becomes another site: %s',
  (path) => {
    expect(pathIn('en', path)).toBe('/evil.example');
    expect(pathIn('ko', path)).toBe('/ko/evil.example');
  },
);

test('a browser that names no language of ours gets English', () => {
  expect([undefined, 'fr', 'KO', 'ko'].map(localeOf)).toEqual(['en', 'en', 'en', 'ko']);
});
