import { auth0 } from '../../../auth0.js';

export async function GET() {
  let token;
  try {
    ({ token } = await auth0.getAccessToken());
  } catch (error) {
    return Response.json({ error: error.code }, { status: 401 });
  }
  const answer = await fetch(`${process.env.API_URL}/me`, { headers: { Authorization: `Bearer ${token}` } });
  return Response.json(await answer.json(), { status: answer.status });
}
