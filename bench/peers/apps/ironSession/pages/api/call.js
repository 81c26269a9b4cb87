import { ask, readSession, tokensOf } from '../../session.js';

/** What articles show: the route refreshes where the token is out of date, and saves the session. */
export default async function call(req, res) {
  const session = await readSession(req, res);
  if (!session.accessToken) return res.status(401).json({ error: 'signed out' });
  if (Date.now() >= session.expiresAt) {
    const answer = await ask('/auth/refresh', { refresh_token: session.refreshToken });
    if (!answer.ok) {
      session.destroy();
      return res.status(401).json({ error: 'signed out' });
    }
    Object.assign(session, tokensOf(await answer.json()));
    await session.save();
  }
  const answer = await fetch(`${process.env.API_URL}/me`, {
    headers: { Authorization: `Bearer ${session.accessToken}` },
  });
  res.status(answer.status).json(await answer.json());
}
