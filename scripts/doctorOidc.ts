import { Agent } from 'undici';
import { systemClock } from '../server/clock.ts';
import type { Settings } from '../server/settings/fromEnv.ts';
import { oidcIssuer } from '../server/issuers/oidc/client.ts';
import { failureOf } from '../server/issuers/oidc/errors.ts';
import type { Finding } from './doctorChecks.ts';

const CALL_MS = 10_000;

/** Looks at the provider: its metadata, what it can do for us, and whether it knows this app. */
export async function checkProvider({ oidc: settings, ...addresses }: Settings): Promise<Finding[]> {
  if (!settings) return [];
  const pool = new Agent();
  const issuer = oidcIssuer(settings, { ...addresses, dispatcher: pool, clock: systemClock });
  try {
    const { metadata } = await issuer.provider();
    const has = (list: unknown, entry: string) => Array.isArray(list) && list.includes(entry);
    const capabilities: [string, boolean, Finding['state'], string, string][] = [
      ['PKCE', has(metadata.code_challenge_methods_supported, 'S256'), 'warn', 'S256 is not announced', 'it is sent all the same; ask your provider'],
      ['refresh', !metadata.grant_types_supported || has(metadata.grant_types_supported, 'refresh_token'), 'fail', 'no refresh_token grant', 'allow it for this client: without it sessions end with their access token'],
      ['offline_access', !/\boffline_access\b/.test(settings.scope) || !metadata.scopes_supported || has(metadata.scopes_supported, 'offline_access'), 'warn', 'the scope is not announced', 'see how your provider gives refresh tokens, set OIDC_SCOPE'],
      ['revocation', metadata.revocation_endpoint !== undefined, 'warn', 'no revocation endpoint', 'after a logout its refresh token lives on until it expires: keep it short'],
      ['iss in the answer', metadata.authorization_response_iss_parameter_supported === true, 'note', 'not announced (RFC 9207)', 'nothing to do with one provider'],
      ['logout there', metadata.end_session_endpoint !== undefined, 'note', 'no end_session_endpoint', 'a person who logs out stays logged in at the provider'],
      ['logout from there', metadata['backchannel_logout_supported'] === true, 'note', 'no back-channel logout', 'a logout at the provider is noticed when its refresh token dies'],
    ]; // prettier-ignore
    const findings = capabilities.map(([name, good, state, what, todo]): Finding => {
      const check = `provider, ${name}`;
      return good ? { check, state: 'ok', what: 'there' } : { check, state, what, todo };
    });
    return [
      { check: 'provider', state: 'ok', what: `${metadata.issuer} found` },
      await checkClient(issuer),
      ...findings,
    ];
  } catch (error) {
    const isOurs = failureOf(error, Date.now()).kind === 'client refused';
    const what = isOurs ? 'is found, but calls itself otherwise or lacks an address' : 'cannot be found';
    const todo = 'OIDC_ISSUER must be, to the letter, the "issuer" of its /.well-known/openid-configuration';
    return [{ check: 'provider', state: 'fail', what, todo }];
  } finally {
    await pool.close();
  }
}

/** A refresh token that was made up is refused to a client that is known, and to no other. */
async function checkClient(issuer: ReturnType<typeof oidcIssuer>): Promise<Finding> {
  const check = 'provider, this app';
  const answer = await issuer.refresh('a-token-that-the-doctor-made-up', {
    signal: AbortSignal.timeout(CALL_MS),
  });
  if (answer.kind === 'refused') return { check, state: 'ok', what: 'client id and secret are accepted' };
  return answer.kind === 'client refused'
    ? {
        check,
        state: 'fail',
        what: 'is refused',
        todo: 'check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, and that the client may refresh',
      }
    : { check, state: 'warn', what: 'the token endpoint did not give a plain answer', todo: 'try again' };
}
