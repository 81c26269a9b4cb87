import { compactVerify } from 'jose';
import * as client from 'openid-client';
import type { Dispatcher } from 'undici';
import type { LoginProblem } from '../../../contract/loginProblem.ts';
import type { User } from '../../../contract/user.ts';
import type { Clock } from '../../clock.ts';
import type { TokenPair } from '../../session/record.ts';
import { ourError } from '../../resealError.ts';
import type { OidcSettings } from '../../settings/oidc.ts';
import { noResources, type Resources } from '../../settings/resources.ts';
import type { CallOptions, ClientTokenIssuer, ExchangeIssuer, Issuer, RefreshAnswer } from '../issuer.ts';
import { IssuerCallError, nonsense } from '../failure.ts';
import { withClaims, type UserClaim } from '../userClaims.ts';
import { codeOf, failureOf } from './errors.ts';
import type { LoginParams } from './loginParams.ts';
import { endSessionUrl } from './logout.ts';
import { createProviderFinder, type Provider } from './provider.ts';
import { readTokenPair, readUser } from '../tokenResponse.ts';

type CodeTokens = Awaited<ReturnType<typeof client.authorizationCodeGrant>>;

/** What one login needs to know again when the browser comes back. */
export interface LoginChecks {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Seconds that the provider's own login may be old, where the login asked for a bound. */
  readonly maxAge?: number;
}

/** What a login leaves: a session's tokens and user, and what the provider's logout needs. */
export interface Grant {
  readonly pair: TokenPair;
  readonly user: User;
  readonly sid?: string;
  readonly idToken?: string;
  /** The claims of the ID token, for the host app's hooks. */
  readonly idTokenClaims?: Readonly<Record<string, unknown>>;
  /** Why UserInfo could not be read, where the ID token alone lacked something. */
  readonly userInfoError?: unknown;
}

export type ExchangeAnswer =
  | ({ readonly kind: 'granted' } & Grant)
  | { readonly kind: 'failed'; readonly problem: LoginProblem; readonly cause: unknown };

/** An issuer that signs people in on its own pages. @see RFC 10017 (the BFF pattern), OpenID Connect Core §3.1 */
export interface OidcIssuer extends Issuer, ClientTokenIssuer, ExchangeIssuer {
  /** Answers where to send the browser, which comes back to `origin`; rejects when the provider cannot be found. */
  authorizationUrl(
    checks: LoginChecks,
    options: CallOptions & { readonly origin: string },
    params?: LoginParams,
  ): Promise<URL>;
  /** Exchanges the code that the browser brought back, once every check has passed; never rejects. */
  exchange(currentUrl: URL, checks: LoginChecks, options: CallOptions): Promise<ExchangeAnswer>;
  /** Answers where the provider ends its own session, and comes back to a page of `origin`; `null` when it has no such address. */
  endSessionUrl(origin: string, idToken?: string): Promise<URL | null>;
  /** Answers what is known of the provider; rejects when it cannot be found. */
  provider(): Promise<Provider>;
}

export interface OidcIssuerParts {
  /** What stands before `/api` and the login page; '' where it is not given. */
  readonly basePath?: string;
  readonly loginPage?: string;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** Further claims that the user is to have. */
  readonly userClaims?: readonly UserClaim[];
  /** The resources that upstreams have tokens of their own for. */
  readonly resources?: Resources;
}

/** Makes the issuer of OIDC mode: a client with authorization code, PKCE, state and nonce. */
export function oidcIssuer(settings: OidcSettings, parts: OidcIssuerParts): OidcIssuer {
  const { basePath = '', loginPage = '/login', dispatcher, clock, userClaims = [] } = parts;
  const { asked, own } = resourceParams(settings, parts.resources);
  const provider = createProviderFinder(settings, dispatcher, clock);

  /** Asks the token endpoint; an answer without a refresh token keeps `refreshToken`. Never rejects. */
  async function askForTokens(
    options: CallOptions,
    refreshToken: string | null,
    grant: (configuration: client.Configuration) => Promise<client.TokenEndpointResponse>,
  ): Promise<RefreshAnswer> {
    try {
      const { call } = await provider();
      const pair = readTokenPair({ ...(await call(options, grant)) }, clock.now(), refreshToken);
      return pair
        ? { kind: 'granted', pair }
        : nonsense(`${refreshToken === null ? 'an' : 'a refresh'} answer without an access_token`);
    } catch (error) {
      return failureOf(error, clock.now());
    }
  }

  return {
    provider,

    authorizationUrl: async (checks, options, params = {}) => {
      const { metadata, call } = await provider();
      const challenge = await client.calculatePKCECodeChallenge(checks.codeVerifier);
      const query = new URLSearchParams({
        ...(settings.prompt === null ? {} : { prompt: settings.prompt }),
        ...settings.params,
        ...promptable(params, metadata),
        scope: scopeFor(settings, metadata),
        redirect_uri: `${options.origin}${basePath}/api/callback`,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      for (const resource of asked) query.append('resource', resource);
      return call(options, (configuration) => client.buildAuthorizationUrl(configuration, query));
    },

    exchange: async (currentUrl, checks, options) => {
      try {
        const found = await provider();
        const expected = {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.codeVerifier,
          idTokenExpected: true,
          ...(checks.maxAge === undefined ? {} : { maxAge: checks.maxAge }),
        };
        const tokens = await found.call(options, (configuration) =>
          client.authorizationCodeGrant(configuration, currentUrl, expected, own),
        );
        // OpenID Connect lets TLS stand in for the signature here; it costs nothing to check both.
        await verifySignature(tokens.id_token ?? '', found.keys);
        const grant = await grantOf(found, { tokens, userClaims, nowMs: clock.now() }, options);
        if (!grant) return failed('login_failed', ourError('The provider named no user.'));
        const idToken = settings.keepsIdToken ? tokens.id_token : undefined;
        return { kind: 'granted', ...grant, ...(idToken === undefined ? {} : { idToken }) };
      } catch (error) {
        return failed(problemOf(error, clock.now()), error);
      }
    },

    refresh: (refreshToken, options) =>
      askForTokens(options, refreshToken, (configuration) =>
        client.refreshTokenGrant(configuration, refreshToken, options.params ?? own),
      ),

    clientToken: (parameters, options) =>
      askForTokens(options, null, (configuration) =>
        client.clientCredentialsGrant(configuration, parameters),
      ),

    exchangeToken: (subjectToken, parameters, options) =>
      askForTokens(options, null, (configuration) =>
        client.genericGrantRequest(configuration, 'urn:ietf:params:oauth:grant-type:token-exchange', {
          ...parameters,
          subject_token: subjectToken,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        }),
      ),

    revoke: async ({ refreshToken }, options) => {
      const { metadata, call } = await provider();
      if (refreshToken === null || !metadata.revocation_endpoint) return;
      const hint = { token_type_hint: 'refresh_token' };
      await call(options, (configuration) => client.tokenRevocation(configuration, refreshToken, hint)).catch(
        (cause: unknown) => {
          throw new IssuerCallError('revocation', cause);
        },
      );
    },

    endSessionUrl: (origin, idToken) =>
      endSessionUrl(settings, new URL(basePath + loginPage, origin), provider, idToken ?? null),
  };
}

/**
 * What names resources: `asked` by a login besides its own parameters, `own` by each call for the session's own token.
 *
 * A provider that granted several resources gives a token for each call's; without one it takes its default. So the one
 * in `OIDC_PARAMS` is named again, but only where there are others: providers that know no `resource` refuse none then.
 *
 * @see RFC 8707 §2
 */
function resourceParams({ params }: OidcSettings, resources = noResources()) {
  const { resource } = params;
  const named = [...resources.values()].flatMap((one) => one['resource'] ?? []);
  const asked = [...new Set(named)].filter((one) => one !== resource);
  return { asked, own: asked.length > 0 && resource !== undefined ? { resource } : {} };
}

/** Checks the signature of an ID token; a provider that rotated its keys during this login is asked for them again. */
async function verifySignature(idToken: string, keys: Provider['keys']): Promise<void> {
  await compactVerify(idToken, keys).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
    await keys.reload();
    await compactVerify(idToken, keys);
  });
}

/** The parameters of one login without `prompt=create` where the provider's list of prompts lacks it. @see Initiating User Registration via OpenID Connect §4 */
function promptable({ prompt, ...rest }: LoginParams, metadata: client.ServerMetadata): LoginParams {
  const { prompt_values_supported: known } = metadata;
  const isUnknown = prompt === 'create' && Array.isArray(known) && !known.includes('create');
  return prompt === undefined || isUnknown ? rest : { ...rest, prompt };
}

/** The scope to ask for; of our own default, `offline_access` is left out when the provider announces that it has no such scope. */
function scopeFor(
  { scope, isDefaultScope }: OidcSettings,
  { scopes_supported }: client.ServerMetadata,
): string {
  if (!isDefaultScope || !scopes_supported || scopes_supported.includes('offline_access')) return scope;
  return scope.replace(' offline_access', '');
}

/** Reads tokens and user; the provider's UserInfo is asked when the ID token lacks the name or a claim that is kept. */
async function grantOf(
  { metadata, call }: Provider,
  { tokens, userClaims, nowMs }: { tokens: CodeTokens; userClaims: readonly UserClaim[]; nowMs: number },
  options: CallOptions,
): Promise<Grant | null> {
  const claims = tokens.claims();
  const pair = readTokenPair({ ...tokens }, nowMs, null);
  const own = readUser(claims);
  if (!pair || !own || !claims) return null;
  const full = withClaims(own, userClaims, [claims]);
  const isThin = claims['name'] === undefined || userClaims.some(({ name }) => !(name in full));
  let userInfoError: unknown;
  const userInfo =
    isThin && metadata.userinfo_endpoint
      ? await call(options, (configuration) =>
          client.fetchUserInfo(configuration, pair.accessToken, claims.sub),
        ).catch((error: unknown) => {
          // An access token for an API of its own is refused there: the person has logged in all the same.
          userInfoError = new IssuerCallError('userinfo', error);
          return null;
        })
      : null;
  const user = readUser({ ...userInfo, ...claims }) ?? own;
  const sid = claims['sid'];
  const keepsSid = typeof sid === 'string' && metadata['backchannel_logout_supported'] === true;
  return {
    pair,
    user: withClaims(user, userClaims, [claims, userInfo]),
    idTokenClaims: { ...claims },
    ...(keepsSid ? { sid } : {}),
    ...(userInfoError === undefined ? {} : { userInfoError }),
  };
}

function failed(problem: LoginProblem, cause: unknown): ExchangeAnswer {
  return { kind: 'failed', problem, cause };
}

/** The person's own answer, or one about the person's session at the provider. @see OpenID Connect Core §3.1.2.6 */
const AUTHORIZATION_ERRORS: Readonly<Record<string, LoginProblem>> = {
  access_denied: 'login_denied',
  // The login demanded more than this person can show. RFC 9470 §5
  unmet_authentication_requirements: 'login_denied',
  login_required: 'login_required',
  account_selection_required: 'login_required',
  consent_required: 'interaction_required',
  interaction_required: 'interaction_required',
  temporarily_unavailable: 'provider_unavailable',
  server_error: 'provider_unavailable',
};

/** Classifies a failed callback: the person declined, a check failed, or the provider failed. */
function problemOf(error: unknown, nowMs: number): LoginProblem {
  const code = codeOf(error);
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') {
    const { error: word } = error as { error?: unknown };
    return AUTHORIZATION_ERRORS[String(word)] ?? 'login_failed';
  }
  // A check that failed is no outage, though the library throws the same class for both.
  if (/^(OAUTH_(INVALID_RESPONSE|JWT_|JSON_|KEY_)|ERR_J(?!WKS_TIMEOUT))/.test(code)) return 'login_failed';
  switch (failureOf(error, nowMs).kind) {
    case 'refused':
    case 'rejected':
      return 'login_failed';
    case 'client refused':
      return 'login_misconfigured';
    case 'throttled':
    case 'transient':
      return 'provider_unavailable';
  }
}
