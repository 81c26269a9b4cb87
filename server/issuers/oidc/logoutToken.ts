import { ourError } from '../../resealError.ts';
import { jwtVerify, type JWTPayload } from 'jose';
import type { Provider } from './provider.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_AGE_SECONDS = 5 * 60;
const CLOCK_TOLERANCE_SECONDS = 30;

/** Whom a provider signs out: one of its sessions, or all of a person's. */
export interface LogoutToken {
  readonly jti: string;
  readonly sid: string | null;
  readonly sub: string | null;
  /** How long the token could be played again, in ms. */
  readonly validForMs: number;
}

/**
 * Checks a logout token and reads it.
 *
 * @throws where any check of the specification fails
 * @see OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6
 */
export async function readLogoutToken(
  token: string,
  { metadata, keys }: Pick<Provider, 'metadata' | 'keys'>,
  clientId: string,
  nowMs: number,
): Promise<LogoutToken> {
  const supported = metadata.id_token_signing_alg_values_supported ?? ['RS256'];
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: metadata.issuer,
    audience: clientId,
    // Only what a public key verifies: neither `none` nor a secret that could be guessed.
    algorithms: supported.filter((alg) => /^(RS|PS|ES|Ed)/.test(alg)),
    // `exp` became required with the final specification. A provider that announces nothing may send the token of a
    // draft; `iat` bounds that one.
    requiredClaims: [
      'iat',
      ...(metadata['backchannel_logout_supported'] === true ? ['exp'] : []),
      'jti',
      'events',
    ],
    maxTokenAge: MAX_AGE_SECONDS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(nowMs),
  });
  const typ = protectedHeader.typ?.toLowerCase().replace(/^application\//, '');
  // Explicit typing is recommended, not required; a token that says it is something else is something else.
  if (typ !== undefined && typ !== 'logout+jwt' && typ !== 'jwt') throw reject('type');
  if (!isLogoutEvent(payload)) throw reject('event');
  // An ID token passed off as a logout token has a nonce. §2.4
  if (payload['nonce'] !== undefined) throw reject('nonce');
  const { jti, sub, iat = 0, exp = iat + MAX_AGE_SECONDS } = payload;
  const { sid } = payload;
  if (typeof jti !== 'string' || jti === '') throw reject('jti');
  if ((sub !== undefined && !isName(sub)) || (sid !== undefined && !isName(sid))) throw reject('name');
  if (sub === undefined && sid === undefined) throw reject('name');
  const validUntilMs = (exp + CLOCK_TOLERANCE_SECONDS) * 1000;
  return { jti, sub: sub ?? null, sid: sid ?? null, validForMs: Math.max(1000, validUntilMs - nowMs) };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isLogoutEvent({ events }: JWTPayload): boolean {
  if (typeof events !== 'object' || events === null) return false;
  const event = (events as Readonly<Record<string, unknown>>)[EVENT];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}

function reject(what: string): Error {
  return ourError(`The logout token fails the check of its ${what}.`);
}
