import fc from 'fast-check';
import { formatHint, HINT_COOKIE, parseHint } from '../../contract/hint.ts';
import { isProblemCode, PROBLEMS } from '../../contract/problem.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const hint = fc.record({
  id: fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 64 }),
  version: fc.integer({ min: 1, max: 1e15 - 1 }),
});
const other = fc
  .tuple(
    fc.constantFrom('theme', 'reseal', 'xreseal_hint', 'reseal_hintx', 'reseal_hin'),
    fc.string({ unit: fc.constantFrom(...letters, '.', '='), maxLength: 8 }),
  )
  .map(([name, value]) => `${name}=${value}`);

test('a hint that was written is read, wherever among other cookies it stands', () => {
  fc.assert(
    fc.property(hint, fc.array(other), fc.array(other), fc.boolean(), (given, before, after, isSecure) => {
      const own = `${isSecure ? '__Host-' : ''}${HINT_COOKIE}=${formatHint(given)}`;
      expect(parseHint([...before, own, ...after].join('; '))).toEqual(given);
    }),
  );
});

test('what was not written by us is no hint', () => {
  for (const value of [
    '',
    'x',
    'x.',
    '.1',
    'x.0',
    'x.-1',
    'x.1.5',
    'x.01',
    'x.1e3',
    'x.NaN',
    'x. 1',
    'x y.1',
    'x.1y',
    `${'x'.repeat(65)}.1`,
    'x.1000000000000000',
    'x/.1',
    'x.1,2',
    '"x.1"',
    '%78.1',
  ])
    expect([value, parseHint(`a=b; ${HINT_COOKIE}=${value}; c=d`)]).toEqual([value, null]);
  for (const cookies of [
    '',
    'reseal_hint',
    'xreseal_hint=x.1',
    '__Secure-reseal_hint=x.1',
    'RESEAL_HINT=x.1',
    'a=reseal_hint=x.1',
  ])
    expect([cookies, parseHint(cookies)]).toEqual([cookies, null]);
});

test('on https only the hint with the prefix is read, wherever the planted one stands', () => {
  fc.assert(
    fc.property(hint, hint, fc.boolean(), (own, planted, isFirst) => {
      const forged = `${HINT_COOKIE}=${formatHint(planted)}`;
      const real = `__Host-${HINT_COOKIE}=${formatHint(own)}`;
      expect(parseHint((isFirst ? [forged, real] : [real, forged]).join('; '), true)).toEqual(own);
      expect(parseHint(forged, true)).toBeNull();
    }),
  );
});

test('of the hints of several apps on one host only that of the own name is read', () => {
  fc.assert(
    fc.property(hint, hint, fc.boolean(), fc.boolean(), (shop, crm, isFirst, isHttps) => {
      const prefix = isHttps ? '__Host-' : '';
      const both = [`${prefix}shop_hint=${formatHint(shop)}`, `${prefix}crm_hint=${formatHint(crm)}`];
      const cookies = (isFirst ? both : both.toReversed()).join('; ');
      expect(parseHint(cookies, isHttps, 'shop')).toEqual(shop);
      expect(parseHint(cookies, isHttps, 'crm')).toEqual(crm);
      expect(parseHint(cookies, isHttps)).toBeNull();
    }),
  );
});

test('reading never throws, and what it reads it would write again', () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
        .map((units) => String.fromCharCode(...units)),
      (text) => {
        for (const cookies of [text, `${HINT_COOKIE}=${text}`, `a=b;${HINT_COOKIE}=x.${text}`]) {
          const found = parseHint(cookies);
          if (found) expect(cookies).toContain(`${HINT_COOKIE}=${formatHint(found)}`);
        }
      },
    ),
  );
});

test('a code of ours is known by its name and nothing else is', () => {
  for (const code of Object.keys(PROBLEMS)) expect(isProblemCode(code)).toBe(true);
  for (const value of [
    '',
    'toString',
    'constructor',
    '__proto__',
    'NO_SESSION',
    1,
    null,
    undefined,
    {},
    ['no_session'],
  ])
    expect(isProblemCode(value)).toBe(false);
});
