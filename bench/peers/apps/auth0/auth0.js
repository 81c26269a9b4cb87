import { Auth0Client } from '@auth0/nextjs-auth0/server';

const { ISSUER_URL, CLIENT_ID, CLIENT_SECRET, APP_URL, SECRET } = process.env;

export const auth0 = new Auth0Client({
  domain: ISSUER_URL,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  appBaseUrl: APP_URL,
  secret: SECRET,
  authorizationParameters: { scope: 'openid profile email offline_access' },
  allowInsecureRequests: true,
});
