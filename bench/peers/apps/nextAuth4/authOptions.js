const { ISSUER_URL, CLIENT_ID, CLIENT_SECRET } = process.env;

/** @see https://next-auth.js.org/tutorials/refresh-token-rotation */
async function refreshAccessToken(token) {
  try {
    const response = await fetch(`${ISSUER_URL}token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        grant_type: 'refresh_token',
        refresh_token: token.refreshToken,
      }),
    });
    const refreshedTokens = await response.json();
    if (!response.ok) throw refreshedTokens;
    return {
      ...token,
      accessToken: refreshedTokens.access_token,
      accessTokenExpires: Date.now() + refreshedTokens.expires_in * 1000,
      refreshToken: refreshedTokens.refresh_token ?? token.refreshToken,
    };
  } catch {
    return { ...token, error: 'RefreshAccessTokenError' };
  }
}

export const authOptions = {
  providers: [
    {
      id: 'bench',
      name: 'Bench',
      type: 'oauth',
      wellKnown: `${ISSUER_URL}.well-known/openid-configuration`,
      authorization: { params: { scope: 'openid profile email offline_access' } },
      idToken: true,
      checks: ['pkce', 'state'],
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      profile: ({ sub, name, email }) => ({ id: sub, name, email }),
    },
  ],
  callbacks: {
    async jwt({ token, user, account }) {
      if (account && user)
        return {
          accessToken: account.access_token,
          accessTokenExpires: account.expires_at * 1000,
          refreshToken: account.refresh_token,
          user,
        };
      if (Date.now() < token.accessTokenExpires) return token;
      return refreshAccessToken(token);
    },
    async session({ session, token }) {
      session.user = token.user;
      session.accessToken = token.accessToken;
      session.error = token.error;
      return session;
    },
  },
};
