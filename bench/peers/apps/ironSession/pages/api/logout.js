import { ask, readSession } from '../../session.js';

export default async function logout(req, res) {
  const session = await readSession(req, res);
  if (session.refreshToken) await ask('/auth/logout', { refresh_token: session.refreshToken });
  session.destroy();
  res.status(204).end();
}
