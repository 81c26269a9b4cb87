import { genericGrantRequest, tokenRevocation } from 'openid-client';
import { Agent } from 'undici';
import { systemClock } from '../server/clock.ts';
import type { Settings } from '../server/settings/fromEnv.ts';
import type { IssuerError } from '../server/issuers/failure.ts';
import type { RefreshAnswer } from '../server/issuers/issuer.ts';
import { oidcIssuer, type OidcIssuer } from '../server/issuers/oidc/client.ts';
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
      ['refresh', !metadata.grant_types_supported || has(metadata.grant_types_supported, 'refresh_token'), 'note', 'the grant refresh_token is not announced', 'see below whether it is there; allow it for this client'],
      ['offline_access', settings.isDefaultScope || !/\boffline_access\b/.test(settings.scope) || !metadata.scopes_supported || has(metadata.scopes_supported, 'offline_access'), 'warn', 'the scope is not announced', 'see how your provider gives refresh tokens, set OIDC_SCOPE'],
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
      ...(await checkClient(issuer, new URL(`${addresses.basePath}/api/callback`, addresses.appUrl).href)),
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

/** Whether the provider knows this app's id and secret, as far as an answer of it says. */
type Known = 'accepted' | 'refused' | 'not said';

/**
 * Looks whether the provider knows this app, and how it refuses a dead refresh token.
 *
 * Revoking a made-up token tells it: a provider looks at the client first there. At the token endpoint some look at
 * the code or the refresh token first, and answer the same to a wrong secret.
 */
async function checkClient(issuer: OidcIssuer, redirectUri: string): Promise<Finding[]> {
  const signal = AbortSignal.timeout(CALL_MS);
  const { metadata, call } = await issuer.provider();
  const code = {
    code: 'a-code-that-the-doctor-made-up',
    redirect_uri: redirectUri,
    code_verifier: 'v'.repeat(43),
  };
  const known = await call({ signal }, (configuration) =>
    metadata.revocation_endpoint === undefined
      ? genericGrantRequest(configuration, 'authorization_code', code)
      : tokenRevocation(configuration, 'a-token-that-the-doctor-made-up'),
  ).then(
    (): Known => 'accepted',
    (error: unknown) => knownBy(error, metadata.revocation_endpoint !== undefined),
  );
  const refresh = await issuer.refresh('a-token-that-the-doctor-made-up', { signal });
  return [clientFinding(known), ...(known === 'refused' ? [] : [refreshFinding(refresh)])];
}

function knownBy(error: unknown, isRevocation: boolean): Known {
  const {
    status,
    error: word,
    cause,
  } = error as { status?: number; error?: string; cause?: { status?: number } };
  const answered = status ?? cause?.status;
  if (word === 'invalid_client' || answered === 401) return 'refused';
  if (isRevocation) return answered === 400 ? 'accepted' : 'not said';
  const failure = failureOf(error, Date.now());
  if (failure.kind === 'refused') return 'accepted';
  const isInvalidClient = failure.kind === 'client refused' && isIssuerError(failure.cause) && failure.cause.oauthError === 'invalid_client'; // prettier-ignore
  return isInvalidClient ? 'refused' : 'not said';
}

const isIssuerError = (cause: unknown): cause is IssuerError =>
  (cause as { code?: unknown } | null)?.code === 'issuer_answer';

function clientFinding(known: Known): Finding {
  const check = 'provider, this app';
  if (known === 'accepted') return { check, state: 'ok', what: 'client id and secret are accepted' };
  if (known === 'refused')
    return {
      check,
      state: 'fail',
      what: 'is refused',
      todo: 'check OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_CLIENT_AUTH',
    };
  const todo = 'log in once: only that shows whether client id and secret are right';
  return { check, state: 'note', what: 'this provider does not say whether it knows the client', todo };
}

function refreshFinding(answer: RefreshAnswer): Finding {
  const check = 'provider, dead token';
  if (answer.kind === 'refused') return { check, state: 'ok', what: 'a made-up refresh token is refused: the session would end' };
  if (answer.kind === 'client refused')
    return { check, state: 'fail', what: 'this client may not refresh', todo: 'allow it the grant refresh_token: without it sessions end with their access token' };
  if (answer.kind === 'rejected') {
    const { status, oauthError } = answer.cause;
    const word = oauthError ?? String(status);
    const what = `a made-up refresh token is answered ${status}${oauthError === undefined ? '' : ` ${oauthError}`}, not invalid_grant`;
    return { check, state: 'warn', what, todo: `if that is how this provider refuses a dead one, set OIDC_REFUSED=${word}` };
  }
  return { check, state: 'warn', what: 'the token endpoint did not give a plain answer', todo: 'try again' };
} // prettier-ignore
