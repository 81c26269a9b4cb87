import { randomBytes, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { Settings } from './options.ts';
import type { Grant, Tokens } from './tokens.ts';

/** The person and token family that an access token was issued to. */
export interface Caller {
  readonly userId: string;
  readonly familyId: string;
}

export interface AccessTokens {
  sign(grant: Grant): Promise<string>;
  /** Answers the caller, or `null` for a token that is forged, expired, revoked or expired by hand. */
  verify(token: string): Promise<Caller | null>;
  /** The same, but a token whose time is over is accepted, as long as its family was neither logged out nor revoked. */
  verifyEvenExpired(token: string): Promise<Caller | null>;
}

/** What tokens are signed with, and the issuer that they name. */
export interface SigningKeys {
  readonly alg: 'HS256' | 'RS256';
  readonly kid?: string;
  readonly sign: Uint8Array | KeyObject;
  readonly verify: Uint8Array | KeyObject;
  readonly issuer: () => string;
  readonly audience?: string;
}

interface Needs {
  readonly settings: Settings;
  readonly tokens: Pick<Tokens, 'honours' | 'lives'>;
  readonly now: () => number;
  readonly keys: SigningKeys;
}

/** Signs and verifies the JWT access tokens of this service. @see RFC 9068 §2 */
export function createAccessTokens({ settings, tokens, now, keys }: Needs): AccessTokens {
  /** Checks signature, issuer and type, and leaves the expiry to the caller; `null` for a forged token. */
  const read = async (token: string) => {
    try {
      const { payload } = await jwtVerify(token, keys.verify, {
        issuer: keys.issuer(),
        algorithms: [keys.alg],
        typ: 'at+jwt',
        currentDate: new Date(now()),
        clockTolerance: 0,
      });
      return claimsOf(payload);
    } catch (error) {
      // jose checks everything else before the expiry.
      if (error instanceof errors.JWTExpired) return claimsOf(error.payload);
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  };

  return {
    sign({ userId, familyId, accessEpoch }) {
      const pad = settings.accessTokenPadBytes;
      const { alg, kid, audience } = keys;
      return new SignJWT({
        ...(audience !== undefined && { aud: audience, client_id: audience }),
        family: familyId,
        epoch: accessEpoch,
        ...(pad > 0 && { pad: randomBytes(pad).toString('base64url').slice(0, pad) }),
      })
        .setProtectedHeader({ alg, typ: 'at+jwt', ...(kid !== undefined && { kid }) })
        .setIssuer(keys.issuer())
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(Math.floor(now() / 1000))
        .setExpirationTime(now() / 1000 + settings.accessTtlSeconds)
        .sign(keys.sign);
    },
    async verify(token) {
      const claims = await read(token);
      if (!claims || claims.expiresAtMs <= now()) return null;
      return tokens.honours(claims.caller.familyId, claims.epoch) ? claims.caller : null;
    },
    async verifyEvenExpired(token) {
      const claims = await read(token);
      return claims && tokens.lives(claims.caller.familyId) ? claims.caller : null;
    },
  };
}

/** The claims that this service writes; `null` where one is missing. */
function claimsOf({ sub, exp, family, epoch }: JWTPayload) {
  if (typeof sub !== 'string' || typeof family !== 'string' || typeof epoch !== 'number') return null;
  // In milliseconds: jose compares whole seconds, and a token may live 0.2 s.
  return { caller: { userId: sub, familyId: family }, epoch, expiresAtMs: (exp ?? 0) * 1000 };
}
