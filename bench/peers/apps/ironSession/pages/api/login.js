import { ask, readSession, tokensOf } from '../../session.js';

export default async function login(req, res) {
  const answer = await ask('/auth/login', req.body);
  const body = await answer.json();
  if (!answer.ok) return res.status(401).json(body);
  const session = await readSession(req, res);
  Object.assign(session, tokensOf(body), { user: body.user });
  await session.save();
  res.status(200).json({ user: body.user });
}
