import { getServerSession } from 'next-auth/next';
import { authOptions } from '../../authOptions.js';

export default async function call(req, res) {
  const session = await getServerSession(req, res, authOptions);
  if (!session) return res.status(401).json({ error: 'signed out' });
  const answer = await fetch(`${process.env.API_URL}/me`, {
    headers: { Authorization: `Bearer ${session.accessToken}` },
  });
  res.status(answer.status).json(await answer.json());
}
