import { getToken } from 'next-auth/jwt';

/** The lightest documented way: it opens the cookie, and never refreshes. */
export default async function call(req, res) {
  const token = await getToken({ req });
  if (!token) return res.status(401).json({ error: 'signed out' });
  const answer = await fetch(`${process.env.API_URL}/me`, {
    headers: { Authorization: `Bearer ${token.accessToken}` },
  });
  res.status(answer.status).json(await answer.json());
}
