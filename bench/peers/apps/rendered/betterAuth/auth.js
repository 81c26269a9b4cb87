import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { nextCookies } from 'better-auth/next-js';
import { genericOAuth } from 'better-auth/plugins';

const { ISSUER_URL, CLIENT_ID, CLIENT_SECRET, APP_URL, SECRET, DATABASE_FILE } = process.env;

/** With a database, as its installation says: the tokens of an account are a row, which a server component can write. */
export const auth = betterAuth({
  baseURL: APP_URL,
  secret: SECRET,
  database: new DatabaseSync(DATABASE_FILE, { timeout: 5000 }),
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

/** @see https://better-auth.com/docs/concepts/oauth#get-access-token */
export async function accessTokenOf(headers) {
  const [account] = await auth.api.listUserAccounts({ headers });
  return (await auth.api.getAccessToken({ body: { accountId: account.id }, headers })).accessToken;
}
