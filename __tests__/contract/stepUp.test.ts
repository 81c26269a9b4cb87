import fc from 'fast-check';
import { readStepUp, stepUpOf, type StepUpChallenge } from '../../contract/stepUp.ts';
import { isTokenExpired } from '../../contract/wwwAuthenticate.ts';

const ERROR = 'error="insufficient_user_authentication"';
const demand = (maxAge: number | null, ...acrValues: string[]): StepUpChallenge => ({ acrValues, maxAge });

const TABLE: [string | string[] | undefined | null, StepUpChallenge | null][] = [
  [undefined, null],
  [null, null],
  ['', null],
  ['Bearer', null],
  ['Bearer error="invalid_token"', null],
  ['Bearer error="insufficient_scope", max_age="5"', null],
  [`Bearer ${ERROR}`, demand(null)],
  [`Bearer ${ERROR}, max_age="60"`, demand(60)],
  [`Bearer ${ERROR}, max_age=0`, demand(0)],
  [`Bearer ${ERROR}, acr_values="myACR"`, demand(null, 'myACR')],
  [`Bearer ${ERROR}, acr_values=gold, max_age=5`, demand(5, 'gold')],
  [`Bearer max_age="5", ${ERROR}, acr_values="urn:acr:gold urn:acr:silver"`, demand(5, 'urn:acr:gold', 'urn:acr:silver')], // prettier-ignore
  ['bearer ERROR = "insufficient_user_authentication" , MAX_AGE = "5"', demand(5)],
  ['bearer error=insufficient_user_authentication,max_age=5', demand(5)],
  [`DPoP algs="ES256", ${ERROR}, max_age="5"`, demand(5)],
  [`Bearer realm="a, b \\" c", ${ERROR}, max_age="5"`, demand(5)],
  [`Basic realm="x", Bearer ${ERROR}, max_age="5"`, demand(5)],
  [`Bearer ${ERROR}, max_age="5", DPoP max_age="7", error="use_dpop_nonce"`, demand(5)],
  [`Negotiate YIIabc==, Bearer ${ERROR}, max_age="5"`, demand(5)],
  [['Basic realm="x"', `Bearer ${ERROR}, max_age="5"`], demand(5)],
  [`Bearer ${ERROR}, max_age="5", max_age="7"`, demand(5)],
  // Text that only looks like a challenge.
  [`Bearer error_description="${ERROR.replaceAll('"', '\\"')}"`, null],
  [`Bearer x_${ERROR}`, null],
  [ERROR, null],
  // Another challenge's demand does not count.
  [`Basic max_age="7", Bearer ${ERROR}`, demand(null)],
  // A demand that no login can meet.
  [`Bearer ${ERROR}, max_age="soon"`, null],
  [`Bearer ${ERROR}, max_age="-1"`, null],
  [`Bearer ${ERROR}, max_age="1e9"`, null],
  [`Bearer ${ERROR}, max_age=""`, null],
  [`Bearer ${ERROR}, max_age="99999999999999"`, null],
  [`Bearer ${ERROR}, acr_values="a&prompt=none"`, demand(null, 'a&prompt=none')],
  [`Bearer ${ERROR}, acr_values="a\\"b"`, null],
  [`Bearer ${ERROR}, acr_values="a\u00e9"`, null],
  [`Bearer ${ERROR}, acr_values=" a"`, null],
];

test.each(TABLE)('the parser reads what the challenge %j demands', (header, expected) => {
  expect(stepUpOf(header)).toEqual(expected);
});

test('the parser reads no demand that is longer than a login can pass on', () => {
  expect(stepUpOf(`Bearer ${ERROR}, acr_values="${'a'.repeat(512)}"`)).not.toBeNull();
  expect(stepUpOf(`Bearer ${ERROR}, acr_values="${'a'.repeat(513)}"`)).toBeNull();
  expect(stepUpOf(`Bearer ${ERROR}, max_age="5", realm="${'a'.repeat(9000)}"`)).toBeNull();
});

test('no header of a step-up asks for a refresh', () => {
  for (const [header, expected] of TABLE) if (expected) expect(isTokenExpired(header)).toBe(false);
});

test('the parser reads back every demand that a challenge can make, beside any other text', () => {
  const acr = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,20}$/);
  const acrValues = fc.array(acr, { maxLength: 8 });
  const maxAge = fc.option(fc.integer({ min: 0, max: 999_999_999 }));
  const realm = fc.string({ maxLength: 60 });
  fc.assert(
    fc.property(acrValues, maxAge, realm, (values, seconds, text) => {
      const quoted = `"${text.replace(/["\\]/g, '\\$&').replace(/[\n\r]/g, '')}"`;
      const parts = [
        `realm=${quoted}`,
        ERROR,
        ...(values.length > 0 ? [`acr_values="${values.join(' ')}"`] : []),
        ...(seconds === null ? [] : [`max_age="${seconds}"`]),
      ];
      const expected = { acrValues: values, maxAge: seconds };
      expect(stepUpOf(`Basic realm=${quoted}, Bearer ${parts.join(', ')}`)).toEqual(expected);
      expect(readStepUp(values.join(' '), seconds === null ? null : String(seconds))).toEqual(expected);
    }),
  );
});

test('whatever an upstream sends, a demand stays within its bounds', () => {
  const piece = fc.constantFrom(
    ERROR, 'Bearer ', 'acr_values=', 'max_age=', '"', '\\', ',', ' ', '=', '5', 'a b', '\n', '\u0000', '\u00e9',
  ); // prettier-ignore
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.array(piece).map((parts) => parts.join(''))); // prettier-ignore
  fc.assert(
    fc.property(anything, (text) => {
      const found = stepUpOf(`Bearer ${ERROR}, ${text}`);
      if (!found) return;
      expect(found.acrValues.join(' ').length).toBeLessThanOrEqual(512);
      expect(found.acrValues.every((one) => /^[\x21-\x7e]+$/.test(one))).toBe(true);
      expect(found.maxAge === null || (found.maxAge >= 0 && found.maxAge < 1e9)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
