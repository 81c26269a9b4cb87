import { readSession } from '../../session.js';

export default async function session(req, res) {
  const { user } = await readSession(req, res);
  res.status(200).json({ user: user ?? null });
}
