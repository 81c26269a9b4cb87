import { getIronSession } from 'iron-session';

export const readSession = (req, res) =>
  getIronSession(req, res, {
    cookieName: 'session',
    password: process.env.SECRET,
    cookieOptions: { secure: process.env.APP_URL.startsWith('https') },
  });

export const ask = (path, body) =>
  fetch(`${process.env.UPSTREAM_URL}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

export const tokensOf = ({ access_token, refresh_token, expires_in }) => ({
  accessToken: access_token,
  refreshToken: refresh_token,
  expiresAt: Date.now() + expires_in * 1000,
});
