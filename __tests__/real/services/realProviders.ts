import { startBetterAuth } from './betterAuth.ts';
import { startGlewlwyd } from './glewlwyd.ts';
import { startLemonLdap } from './llng.ts';
import type { ProviderClient } from './providers.ts';

/** A provider that someone else wrote, and what is known of it. */
export interface Traits {
  /** What an operator sets for this provider beside its address, the client's id and secret, and the four that every app needs. */
  readonly settings: Readonly<Record<string, string>>;
  readonly start: (appUrl: string, accessSeconds: number) => Promise<ProviderClient>;
  readonly name: RegExp;
  /** How the app learns of a logout at the provider: by a logout token, or at its next refresh. */
  readonly noticesLogout: 'by a logout token' | 'at the next refresh';
  /** Settings that are wrong before this provider, and what the doctor says of them. */
  readonly wrong: readonly (readonly [settings: Record<string, string>, line: RegExp])[];
}

const WRONG_SECRET = [{ OIDC_CLIENT_SECRET: 'wrong' }, /FAIL {2}provider, this app/] as const;
const WRONG_ADDRESS = [
  { APP_URL: 'https://other.example' },
  /FAIL {2}provider, authorization .*\n.*register/,
] as const;
/** It asks for name and password before it looks at the address. */
const ADDRESS_NOT_SAID = [
  { APP_URL: 'https://other.example' },
  /note {2}provider, authorization .*said after it\n.*log in once/,
] as const;
const WRONG_ISSUER = [{ OIDC_ISSUER: 'http://127.0.0.1:9' }, /FAIL {2}provider .*cannot be found/] as const;

/** Each goes through the life cycle, and before the doctor. */
export const PROVIDERS: Record<string, Traits> = {
  'LemonLDAP::NG': {
    start: startLemonLdap,
    // It does not decode the form encoding of Basic, and calls a dead refresh token an invalid request.
    settings: { OIDC_CLIENT_AUTH: 'client_secret_post', OIDC_REFUSED: 'invalid_request' },
    name: /Doctor Who/,
    noticesLogout: 'at the next refresh',
    wrong: [
      WRONG_SECRET,
      ADDRESS_NOT_SAID,
      WRONG_ISSUER,
      [{ OIDC_REFUSED: '' }, /WARN {2}provider, dead token .*\n.*set OIDC_REFUSED=invalid_request/],
    ],
  },
  glewlwyd: {
    start: startGlewlwyd,
    // A dead refresh token is answered 400 with an empty body.
    settings: { OIDC_SCOPE: 'openid profile email', OIDC_REFUSED: '400', OIDC_ID_TOKEN_HINT: '1' },
    name: /Ada Lovelace/,
    noticesLogout: 'by a logout token',
    wrong: [
      WRONG_SECRET,
      WRONG_ADDRESS,
      WRONG_ISSUER,
      [{ OIDC_REFUSED: '' }, /WARN {2}provider, dead token .*\n.*set OIDC_REFUSED=400/],
    ],
  },
  'better-auth': {
    start: startBetterAuth,
    settings: { OIDC_ID_TOKEN_HINT: '1' },
    name: /Ada Lovelace/,
    noticesLogout: 'by a logout token',
    wrong: [WRONG_SECRET, WRONG_ADDRESS, WRONG_ISSUER],
  },
};
