import * as client from 'openid-client';
import { request, type Dispatcher } from 'undici';
import { systemClock } from '../server/clock.ts';
import type { OidcSettings } from '../server/settings/oidc.ts';
import { createPool } from '../server/ops/egress.ts';
import type { Settings } from '../server/settings/fromEnv.ts';
import { resourcesOf } from '../server/settings/resources.ts';
import { allUpstreams } from '../server/settings/upstreams.ts';
import type { IssuerError } from '../server/issuers/failure.ts';
import type { RefreshAnswer } from '../server/issuers/issuer.ts';
import { oidcIssuer, type OidcIssuer } from '../server/issuers/oidc/client.ts';
import { failureOf } from '../server/issuers/oidc/errors.ts';
import type { Finding } from './doctorChecks.ts';

const CALL_MS = 10_000;

/** Looks at the provider: its metadata, what it can do for us, and whether it knows this app. */
export async function checkProvider({ oidc: settings, ...app }: Settings): Promise<Finding[]> {
  if (!settings) return [];
  const pool = createPool({});
  const resources = resourcesOf(allUpstreams(app));
  const issuer = oidcIssuer(settings, { ...app, resources, dispatcher: pool, clock: systemClock });
  const redirectUri = `${app.appUrl.origin}${app.basePath}/api/callback`;
  try {
    const { metadata } = await issuer.provider();
    return [
      { check: 'provider', state: 'ok', what: `${metadata.issuer} found` },
      ...(await checkClient(issuer, redirectUri)),
      await checkAuthorization(issuer, { origin: app.appUrl.origin, redirectUri, pool }),
      ...checkHabits(settings),
      ...capabilities(settings, metadata),
      ...checkOrigins(app),
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

/** What the provider announces. */
function capabilities(settings: OidcSettings, metadata: client.ServerMetadata): Finding[] {
  const has = (list: unknown, entry: string) => Array.isArray(list) && list.includes(entry);
  const prompts = metadata.prompt_values_supported;
  const rows: [string, boolean, Finding['state'], string, string][] = [
    ['PKCE', has(metadata.code_challenge_methods_supported, 'S256'), 'warn', 'S256 is not announced', 'it is sent all the same; ask your provider'],
    ['refresh', !metadata.grant_types_supported || has(metadata.grant_types_supported, 'refresh_token'), 'note', 'the grant refresh_token is not announced', 'see above whether it is there; allow it for this client'],
    ['offline_access', settings.isDefaultScope || !/\boffline_access\b/.test(settings.scope) || !metadata.scopes_supported || has(metadata.scopes_supported, 'offline_access'), 'warn', 'the scope is not announced', 'see how your provider gives refresh tokens, set OIDC_SCOPE'],
    ['revocation', metadata.revocation_endpoint !== undefined, 'warn', 'no revocation endpoint', 'after a logout its refresh token lives on until it expires: keep it short'],
    ['iss in the answer', metadata.authorization_response_iss_parameter_supported === true, 'note', 'not announced (RFC 9207)', 'nothing to do with one provider'],
    ['logout there', settings.logoutUrl !== null || metadata.end_session_endpoint !== undefined, 'note', 'no end_session_endpoint', 'a person who logs out stays logged in at the provider; some have an address of their own for OIDC_LOGOUT_URL'],
    ['logout from there', metadata['backchannel_logout_supported'] === true, 'note', 'no back-channel logout', 'a logout at the provider is noticed when its refresh token dies'],
    ['sign-up', !Array.isArray(prompts) || has(prompts, 'create') || settings.signupParams['prompt'] !== 'create', 'note', 'its list of prompts lacks create', 'a sign-up link leads to its login page; OIDC_SIGNUP_PARAMS says it otherwise'],
  ]; // prettier-ignore
  return rows.map(([name, good, state, what, todo]): Finding => {
    const check = `provider, ${name}`;
    return good ? { check, state: 'ok', what: 'there' } : { check, state, what, todo };
  });
}

/** What a provider refuses in an authorization request, and what to set. */
const REFUSALS: Readonly<Record<string, string>> = {
  invalid_scope: 'OIDC_SCOPE asks for a scope that it does not have',
  access_denied: 'see OIDC_PROMPT: some providers let no one in with consent',
  consent_required: 'see OIDC_PROMPT: some providers let no one in with consent',
  unauthorized_client: 'allow this client the authorization code grant',
  unsupported_response_type: 'allow this client the authorization code grant',
  invalid_request: 'see OIDC_PARAMS, OIDC_PROMPT and the redirect address',
  invalid_target: 'it knows no such resource: see resource in OIDC_PARAMS, and UPSTREAM_<NAME>_RESOURCE',
};
/** Answers about the person, who is not there. */
const ABOUT_THE_PERSON = new Set(['login_required', 'interaction_required', 'account_selection_required']);

/**
 * Sends a browser's authorization request without the browser: a provider that sends it back, or shows an error, would
 * do the same to a person.
 */
async function checkAuthorization(
  issuer: OidcIssuer,
  { origin, redirectUri, pool }: { origin: string; redirectUri: string; pool: Dispatcher },
): Promise<Finding> {
  const check = 'provider, authorization';
  const signal = AbortSignal.timeout(CALL_MS);
  const checks = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    codeVerifier: client.randomPKCECodeVerifier(),
  };
  const at = await issuer.authorizationUrl(checks, { signal, origin });
  const ours = await askForLogin(at, { pool, signal });
  if (!ours) return { check, state: 'fail', what: 'the authorization endpoint does not answer', todo: 'people could not log in: is its address reachable?' };
  const { error, status } = ours;
  if (error !== null && !ABOUT_THE_PERSON.has(error))
    return { check, state: 'fail', what: `the request is refused: ${/^\w{1,40}$/.test(error) ? error : 'an error'}`, todo: REFUSALS[error] ?? `register ${redirectUri} to the letter, or ask your provider` };
  if (isErrorPage(status))
    return { check, state: 'fail', what: `the request is answered ${status}`, todo: `register ${redirectUri} to the letter; check OIDC_CLIENT_ID and OIDC_SCOPE` };
  // An address that cannot be registered: a provider that takes it looks at addresses after the login.
  at.searchParams.set('redirect_uri', 'https://unregistered.invalid/api/callback');
  const other = await askForLogin(at, { pool, signal });
  const looksFirst = other !== null && (other.error !== null || isErrorPage(other.status) || other.page !== ours.page);
  if (!looksFirst)
    return { check, state: 'note', what: 'the request leads to a login; whether the redirect address is registered is said after it', todo: `log in once, and see that ${redirectUri} is registered to the letter` };
  return { check, state: 'ok', what: 'the request leads to a login' };
} // prettier-ignore

/** 401 is how some show their login page. */
const isErrorPage = (status: number) => status >= 400 && status !== 401;

/** Asks as a browser would; answers the error that it would bring back or be shown, and the page where it would be. */
async function askForLogin(at: URL, { pool, signal }: { pool: Dispatcher; signal: AbortSignal }) {
  const headers = { accept: 'text/html', 'user-agent': 'Mozilla/5.0 (reseal doctor)' };
  const answer = await request(at, { dispatcher: pool, signal, headers }).catch(() => null);
  await answer?.body.dump();
  if (!answer) return null;
  const location = String(answer.headers['location'] ?? '');
  const to = location !== '' && URL.canParse(location, at) ? new URL(location, at) : null;
  const page = to === null ? '' : to.origin + to.pathname.replace(/[\w-]{16,}/g, '…');
  return { status: answer.statusCode, error: to?.searchParams.get('error') ?? null, page };
}

/** What is known of some providers beforehand, because no answer of theirs says it. */
function checkHabits({ issuer, scope, isDefaultScope, prompt, params }: OidcSettings): Finding[] {
  const check = 'provider, habits';
  const asksOffline = isDefaultScope || /\boffline_access\b/.test(scope);
  if (issuer.hostname === 'accounts.google.com' && (params['access_type'] !== 'offline' || prompt !== 'consent'))
    return [{ check, state: 'warn', what: 'Google gives a refresh token only for access_type=offline, and again only with the prompt consent', todo: 'set OIDC_PARAMS=access_type=offline and OIDC_PROMPT=consent' }];
  if (/^login\.microsoftonline\.(com|us)$/.test(issuer.hostname) && prompt === 'consent')
    return [{ check, state: 'warn', what: 'Entra locks out tenants whose people may not consent by themselves', todo: 'leave OIDC_PROMPT out' }];
  if (/^login\.microsoftonline\.(com|us)$/.test(issuer.hostname) && !asksOffline)
    return [{ check, state: 'warn', what: 'Entra gives a refresh token only for the scope offline_access', todo: 'add offline_access to OIDC_SCOPE' }];
  return [];
} // prettier-ignore

/** Each origin has a redirect address of its own. */
function checkOrigins({ appOrigins, basePath }: Pick<Settings, 'appOrigins' | 'basePath'>): Finding[] {
  if (appOrigins.length === 0) return [];
  const addresses = appOrigins.map((origin) => `${origin}${basePath}/api/callback`).join(' ');
  const todo = `register these too: ${addresses}`;
  return [
    { check: 'provider, origins', state: 'note', what: `${appOrigins.length} more in APP_ORIGINS`, todo },
  ];
}

/** Whether the provider knows this app's id and secret, as far as an answer of it says. */
type Known = 'accepted' | 'refused' | 'not said';

/**
 * Looks whether the provider knows this app, and how it refuses a dead refresh token.
 *
 * A refresh that is refused as `invalid_client` tells it, and revoking a made-up token: most providers look at the client
 * first there, and Google at no client at all. At the token endpoint some look at the code or the refresh token first,
 * and answer the same to a wrong secret.
 */
async function checkClient(issuer: OidcIssuer, redirectUri: string): Promise<Finding[]> {
  const signal = AbortSignal.timeout(CALL_MS);
  const { metadata, call } = await issuer.provider();
  const code = {
    code: 'a-code-that-the-doctor-made-up',
    redirect_uri: redirectUri,
    code_verifier: 'v'.repeat(43),
  };
  const refresh = await issuer.refresh('a-token-that-the-doctor-made-up', { signal });
  const known = isInvalidClient(refresh)
    ? 'refused'
    : await call({ signal }, (configuration) =>
        metadata.revocation_endpoint === undefined
          ? client.genericGrantRequest(configuration, 'authorization_code', code)
          : client.tokenRevocation(configuration, 'a-token-that-the-doctor-made-up'),
      ).then(
        (): Known => 'accepted',
        (error: unknown) => knownBy(error, metadata.revocation_endpoint !== undefined),
      );
  return [clientFinding(known), ...(known === 'refused' ? [] : [refreshFinding(refresh)])];
}

/** Says so of the client, whatever the token. */
const isInvalidClient = (answer: RefreshAnswer) =>
  answer.kind === 'client refused' &&
  isIssuerError(answer.cause) &&
  answer.cause.oauthError === 'invalid_client';

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
  return isInvalidClient(failure) ? 'refused' : 'not said';
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
