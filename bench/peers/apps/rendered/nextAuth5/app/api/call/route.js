import { auth } from '../../../auth.js';

export const GET = auth(async function GET(req) {
  if (!req.auth) return Response.json({ error: 'signed out' }, { status: 401 });
  const answer = await fetch(`${process.env.API_URL}/me`, {
    headers: { Authorization: `Bearer ${req.auth.accessToken}` },
  });
  return Response.json(await answer.json(), { status: answer.status });
});
