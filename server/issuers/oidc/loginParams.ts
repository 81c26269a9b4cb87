import { readStepUp } from '../../../contract/stepUp.ts';
import type { OidcSettings } from '../../settings/oidc.ts';

/** Parameters that one login adds to the authorization request. */
export type LoginParams = Readonly<Record<string, string>>;

/** A page's link to the login cannot make a request that proxies refuse. */
const MAX_VALUE = 512;
/** What a login may never set, whatever the settings allow: our own checks depend on it. */
const OURS = new Set([
  'client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method',
  'request', 'request_uri', 'registration',
]); // prettier-ignore

/**
 * Reads what a step-up asks of the provider, whatever the settings allow. What is malformed is not passed on; a step-up
 * that names no demand asks for a login now.
 *
 * @see RFC 9470 §4, OpenID Connect Core §3.1.2.1
 */
export function readStepUpParams(given: URLSearchParams): {
  readonly params: LoginParams;
  readonly maxAge?: number;
} {
  const { acrValues } = readStepUp(given.get('acr_values'), null) ?? { acrValues: [] };
  const { maxAge: asked } = readStepUp(null, given.get('max_age')) ?? { maxAge: null };
  const maxAge = acrValues.length === 0 ? (asked ?? 0) : asked;
  return {
    params: {
      ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
      ...(maxAge === null ? {} : { max_age: String(maxAge) }),
    },
    ...(maxAge === null ? {} : { maxAge }),
  };
}

/**
 * Reads the parameters that `GET /api/login` may pass on, and what `signup` stands for.
 *
 * @returns the parameters, and `maxAge` in seconds where the login asked for a bound that is checked afterwards
 * @see OpenID Connect Core §3.1.2.1, Initiating User Registration via OpenID Connect §3
 */
export function readLoginParams(
  settings: Pick<OidcSettings, 'loginParams' | 'signupParams'> | null,
  given: URLSearchParams,
): { readonly params: LoginParams; readonly maxAge?: number } {
  const { loginParams, signupParams } = settings ?? { loginParams: [], signupParams: {} };
  const allowed = loginParams.filter((name) => !OURS.has(name));
  const chosen = allowed.flatMap((name) => {
    const value = given.get(name);
    return value !== null && value !== '' && value.length <= MAX_VALUE ? [[name, value] as const] : [];
  });
  const params = { ...(given.has('signup') ? signupParams : {}), ...Object.fromEntries(chosen) };
  const { max_age: maxAge, ...rest } = params;
  return maxAge !== undefined && /^\d{1,9}$/.test(maxAge)
    ? { params: { ...rest, max_age: maxAge }, maxAge: Number(maxAge) }
    : { params: rest };
}
