import { symmetricDecodeJWT, symmetricEncodeJWT } from 'better-auth/crypto';
import { decode as decode4, encode as encode4 } from 'next-auth/jwt';
import { decode as decode5, encode as encode5 } from 'next-auth-5/jwt';
// Not exported by name: what the library itself calls for each request.
import { decrypt, encrypt } from '../node_modules/@auth0/nextjs-auth0/dist/server/cookies.js';
import { makeSession } from '../server/seals.ts';
import { unseal } from '../server/unseal.ts';

/** Opens what each peer keeps in its cookie, beside ours; the same person and tokens in all. */
export async function readSessions(rounds: number) {
  const secret = 'a-secret-of-thirty-two-letters-or-more';
  const token = { ...makeSession() };
  const sealed = {
    next4: await encode4({ token, secret }),
    next5: await encode5({ token, secret, salt: 'authjs.session-token' }),
    auth0: await encrypt(token, secret, Math.floor(Date.now() / 1000) + 3600),
    better: await symmetricEncodeJWT(token, secret, 'better-auth-account'),
  };
  return unseal(rounds, {
    'next-auth 4, `decode` of `next-auth/jwt`': () => decode4({ token: sealed.next4, secret }),
    'next-auth 5, `decode` of `next-auth/jwt`': () =>
      decode5({ token: sealed.next5, secret, salt: 'authjs.session-token' }),
    'nextjs-auth0, `decrypt` of its session cookie': () => decrypt(sealed.auth0, secret),
    'better-auth, `symmetricDecodeJWT` of its account cookie': () =>
      symmetricDecodeJWT(sealed.better, secret, 'better-auth-account'),
  });
}
