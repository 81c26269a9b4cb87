import NextAuth from 'next-auth-5';
import { openDatabase } from './database.js';

const { ISSUER_URL, CLIENT_ID, CLIENT_SECRET, DATABASE_FILE } = process.env;

const database = openDatabase(DATABASE_FILE);

/** The guide's database strategy: a server component cannot set a cookie, but it can write a row. */
async function refreshed(account) {
  const response = await fetch(`${ISSUER_URL}token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      grant_type: 'refresh_token',
      refresh_token: account.refresh_token,
    }),
  });
  const tokensOrError = await response.json();
  if (!response.ok) throw tokensOrError;
  const tokens = {
    access_token: tokensOrError.access_token,
    expires_at: Math.floor(Date.now() / 1000 + tokensOrError.expires_in),
    refresh_token: tokensOrError.refresh_token ?? account.refresh_token,
  };
  database.updateAccount({ ...account, ...tokens });
  return tokens;
}

/** @see https://authjs.dev/guides/refresh-token-rotation#database-strategy */
export const { handlers, auth } = NextAuth({
  adapter: database.adapter,
  providers: [
    {
      id: 'bench',
      name: 'Bench',
      type: 'oidc',
      issuer: ISSUER_URL,
      authorization: { params: { scope: 'openid profile email offline_access' } },
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    },
  ],
  callbacks: {
    async session({ session, user }) {
      const account = database.accountOf(user.id);
      session.user.id = account.providerAccountId;
      session.accessToken = account.access_token;
      if (account.expires_at * 1000 < Date.now()) {
        try {
          session.accessToken = (await refreshed(account)).access_token;
        } catch {
          session.error = 'RefreshTokenError';
        }
      }
      return session;
    },
  },
});
