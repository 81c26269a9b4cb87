import { compactVerify } from 'jose';
import * as client from 'openid-client';
import type { Dispatcher } from 'undici';
import type { LoginProblem } from '../../../contract/loginProblem.ts';
import type { User } from '../../../contract/user.ts';
import type { Clock } from '../../clock.ts';
import type { TokenPair } from '../../session/record.ts';
import { ourError } from '../../resealError.ts';
import type { OidcSettings } from '../../settings/fromEnv.ts';
import type { CallOptions, Issuer } from '../issuer.ts';
import { nonsense } from '../failure.ts';
import { codeOf, failureOf } from './errors.ts';
import { createProviderFinder, type Provider } from './provider.ts';
import { readTokenPair, readUser } from '../tokenResponse.ts';

/** What one login needs to know again when the browser comes back. */
export interface LoginChecks {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export type ExchangeAnswer =
  | { readonly kind: 'granted'; readonly pair: TokenPair; readonly user: User; readonly sid?: string }
  | { readonly kind: 'failed'; readonly problem: LoginProblem; readonly cause: unknown };

/** An issuer that signs people in on its own pages. @see RFC 10017 (the BFF pattern), OpenID Connect Core §3.1 */
export interface OidcIssuer extends Issuer {
  /** Answers where to send the browser; rejects where the provider cannot be found. */
  authorizationUrl(checks: LoginChecks, options: CallOptions): Promise<URL>;
  /** Exchanges the code that the browser brought back, once every check has passed; never rejects. */
  exchange(currentUrl: URL, checks: LoginChecks, options: CallOptions): Promise<ExchangeAnswer>;
  /** Answers where the provider ends its own session; `null` where it has no such address. */
  endSessionUrl(): Promise<URL | null>;
  /** Answers what is known of the provider; rejects where it cannot be found. */
  provider(): Promise<Provider>;
}

/** Makes the issuer of OIDC mode: a confidential client with code, PKCE, state and nonce. */
export function oidcIssuer(
  settings: OidcSettings,
  appUrl: URL,
  dispatcher: Dispatcher,
  clock: Clock,
): OidcIssuer {
  const provider = createProviderFinder(settings, dispatcher, clock);
  const redirectUri = new URL('/api/callback', appUrl).href;

  return {
    provider,

    authorizationUrl: async ({ state, nonce, codeVerifier }, options) => {
      const configuration = (await provider()).configure(options);
      return client.buildAuthorizationUrl(configuration, {
        // A refresh token for when the person is away may only be given to who was asked. OIDC Core §11
        ...(/\boffline_access\b/.test(settings.scope) ? { prompt: 'consent' } : {}),
        ...settings.params,
        scope: settings.scope,
        redirect_uri: redirectUri,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
    },

    exchange: async (currentUrl, checks, options) => {
      try {
        const { keys, metadata, configure } = await provider();
        const tokens = await client.authorizationCodeGrant(configure(options), currentUrl, {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.codeVerifier,
          idTokenExpected: true,
        });
        // OpenID Connect lets TLS stand in for the signature here; it costs nothing to check both.
        await compactVerify(tokens.id_token ?? '', keys);
        const claims = tokens.claims();
        const pair = readTokenPair({ ...tokens }, clock.now(), null);
        const user = readUser(claims);
        if (!pair || !user) return failed('login_failed', ourError('The provider named no person.'));
        const sid = claims?.['sid'];
        const keepsSid = typeof sid === 'string' && metadata['backchannel_logout_supported'] === true;
        return { kind: 'granted', pair, user, ...(keepsSid ? { sid } : {}) };
      } catch (error) {
        return failed(problemOf(error, clock.now()), error);
      }
    },

    refresh: async (refreshToken, options) => {
      try {
        const tokens = await client.refreshTokenGrant((await provider()).configure(options), refreshToken);
        const pair = readTokenPair({ ...tokens }, clock.now(), refreshToken);
        return pair ? { kind: 'granted', pair } : nonsense('a refresh answer without an access_token');
      } catch (error) {
        return failureOf(error, clock.now());
      }
    },

    revoke: async ({ refreshToken }, options) => {
      const { metadata, configure } = await provider();
      if (refreshToken === null || !metadata.revocation_endpoint) return;
      await client.tokenRevocation(configure(options), refreshToken, { token_type_hint: 'refresh_token' });
    },

    endSessionUrl: async () => {
      const { metadata, configure } = await provider();
      if (!metadata.end_session_endpoint) return null;
      // The ID token is not kept, so the client names itself. OpenID Connect RP-Initiated Logout §2
      return client.buildEndSessionUrl(configure(), {
        post_logout_redirect_uri: new URL('/login', appUrl).href,
      });
    },
  };
}

function failed(problem: LoginProblem, cause: unknown): ExchangeAnswer {
  return { kind: 'failed', problem, cause };
}

/** The person's own answer, or one about the person's session at the provider. @see OpenID Connect Core §3.1.2.6 */
const DENIED = new Set<unknown>([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
]);
/** @see RFC 6749 §4.1.2.1 */
const HEALTH = new Set<unknown>(['temporarily_unavailable', 'server_error']);

/** Sorts what went wrong on the way back: the person's no, a failed check, or the provider's trouble. */
function problemOf(error: unknown, nowMs: number): LoginProblem {
  const code = codeOf(error);
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') {
    const { error: word } = error as { error?: unknown };
    if (DENIED.has(word)) return 'login_denied';
    return HEALTH.has(word) ? 'provider_unavailable' : 'login_failed';
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
