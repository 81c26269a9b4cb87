import NextAuth from 'next-auth-5';

const { ISSUER_URL, CLIENT_ID, CLIENT_SECRET } = process.env;

/** @see https://authjs.dev/guides/refresh-token-rotation */
export const { handlers, auth } = NextAuth({
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
    async jwt({ token, account, profile }) {
      if (account)
        return {
          ...token,
          userId: profile.sub,
          access_token: account.access_token,
          expires_at: account.expires_at,
          refresh_token: account.refresh_token,
        };
      if (Date.now() < token.expires_at * 1000) return token;
      if (!token.refresh_token) throw new TypeError('Missing refresh_token');
      try {
        const response = await fetch(`${ISSUER_URL}token`, {
          method: 'POST',
          body: new URLSearchParams({
            client_id: CLIENT_ID,
            client_secret: CLIENT_SECRET,
            grant_type: 'refresh_token',
            refresh_token: token.refresh_token,
          }),
        });
        const tokensOrError = await response.json();
        if (!response.ok) throw tokensOrError;
        return {
          ...token,
          access_token: tokensOrError.access_token,
          expires_at: Math.floor(Date.now() / 1000 + tokensOrError.expires_in),
          refresh_token: tokensOrError.refresh_token ?? token.refresh_token,
        };
      } catch {
        token.error = 'RefreshTokenError';
        return token;
      }
    },
    async session({ session, token }) {
      session.user.id = token.userId;
      session.accessToken = token.access_token;
      session.error = token.error;
      return session;
    },
  },
});
