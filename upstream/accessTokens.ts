import { randomBytes, randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Settings } from './options.ts';
import type { Grant, Tokens } from './tokens.ts';

/** Whom a good access token stands for. */
export interface Caller {
  readonly userId: string;
  readonly familyId: string;
}

export interface AccessTokens {
  sign(grant: Grant): Promise<string>;
  /** Answers the caller, or `null` for a token that is forged, expired, revoked or expired by hand. */
  verify(token: string): Promise<Caller | null>;
}

interface Needs {
  readonly settings: Settings;
  readonly tokens: Pick<Tokens, 'honours'>;
  readonly now: () => number;
  readonly key: Uint8Array;
}

const issuer = 'reseal-upstream';

/** Signs and verifies the JWT access tokens of this service. @see RFC 9068 §2 */
export function createAccessTokens({ settings, tokens, now, key }: Needs): AccessTokens {
  return {
    sign({ userId, familyId, accessEpoch }) {
      const pad = settings.accessTokenPadBytes;
      return new SignJWT({
        family: familyId,
        epoch: accessEpoch,
        ...(pad > 0 && { pad: randomBytes(pad).toString('base64url').slice(0, pad) }),
      })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .setIssuer(issuer)
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(Math.floor(now() / 1000))
        .setExpirationTime(now() / 1000 + settings.accessTtlSeconds)
        .sign(key);
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          issuer,
          algorithms: ['HS256'],
          typ: 'at+jwt',
          clockTolerance: 0,
          currentDate: new Date(now()),
        });
        const { sub, exp, family, epoch } = payload;
        if (typeof sub !== 'string' || typeof family !== 'string' || typeof epoch !== 'number') return null;
        // jose compares whole seconds; a life of 0.2 s needs the fractions.
        if (exp === undefined || exp * 1000 <= now()) return null;
        return tokens.honours(family, epoch) ? { userId: sub, familyId: family } : null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}
