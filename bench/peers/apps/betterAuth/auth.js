import { betterAuth } from 'better-auth';
import { nextCookies } from 'better-auth/next-js';
import { genericOAuth } from 'better-auth/plugins';

const { ISSUER_URL, CLIENT_ID, CLIENT_SECRET, APP_URL, SECRET } = process.env;

/** No database: session and tokens live in cookies. @see https://better-auth.com/docs/concepts/session-management */
export const auth = betterAuth({
  baseURL: APP_URL,
  secret: SECRET,
  account: { storeStateStrategy: 'cookie', storeAccountCookie: true },
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  plugins: [
    genericOAuth({
      config: [
        {
          providerId: 'bench',
          discoveryUrl: `${ISSUER_URL}.well-known/openid-configuration`,
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          scopes: ['openid', 'profile', 'email', 'offline_access'],
          pkce: true,
        },
      ],
    }),
    nextCookies(),
  ],
});
