import fc from 'fast-check';
import { AxiosHeaders } from 'axios';
import { isTokenExpired } from '../../contract/wwwAuthenticate.ts';
import { isExpired } from '../../interceptors/outcome.ts';

const TABLE: [string | string[] | undefined, boolean][] = [
  [undefined, true],
  ['', true],
  ['Bearer', true],
  ['Bearer error="invalid_token"', true],
  ['Bearer error=invalid_token', true],
  ['Bearer error = "invalid_token"', true],
  ['Bearer ERROR="Invalid_Token"', true],
  ['Bearer error=""', true],
  ['Bearer realm="x", error="invalid_token", error_description="expired"', true],
  ['Bearer error_description="the error=\\"x\\" was made"', true],
  ['Bearer error_description="see error=x, error=y"', true],
  ['Bearer realm="error=\\"insufficient_scope\\""', true],
  ['Bearer x_error="insufficient_scope"', true],
  ['Negotiate YIIabc==', true],
  ['Basic realm="a", Bearer error="invalid_token"', true],
  [['Bearer error="invalid_token"', 'DPoP error="use_dpop_nonce"'], true],
  ['Bearer error="insufficient_scope", scope="admin"', false],
  ['Bearer error = "insufficient_scope"', false],
  ['Bearer error =insufficient_scope', false],
  ["Bearer error='insufficient_scope'", false],
  ['Bearer realm="x",error="INSUFFICIENT_SCOPE"', false],
  ['Bearer error="invalid_request"', false],
  ['Bearer error="invalid_token_type"', false],
  ['DPoP error="use_dpop_nonce"', false],
  [['Basic realm="a"', 'Bearer error=insufficient_scope'], false],
];

test.each(TABLE)('the parser finds that a 401 with %j asks for a refresh: %s', (value, asks) =>
  expect(isTokenExpired(value)).toBe(asks),
);

test.each(TABLE)('the interceptor agrees with the parser about %j', (value, asks) => {
  const headers = new AxiosHeaders(value === undefined ? {} : { 'WWW-Authenticate': String(value) });
  const response = { status: 401, headers, statusText: '', data: '', config: { headers } };
  expect(isExpired({ response })).toBe(asks);
});

test('the parser reads any quoted text as text, never as an error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quoted = `"${text.replace(/["\\]/g, '\\$&').replace(/[\n\r]/g, '')}"`;
      expect(isTokenExpired(`Bearer error_description=${quoted}`)).toBe(true);
      expect(isTokenExpired(`Bearer realm=${quoted}, error="insufficient_scope"`)).toBe(false);
    }),
  );
});
