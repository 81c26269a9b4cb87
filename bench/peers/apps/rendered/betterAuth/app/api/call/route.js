import { headers } from 'next/headers';
import { accessTokenOf } from '../../../auth.js';

export async function GET() {
  let accessToken;
  try {
    accessToken = await accessTokenOf(await headers());
  } catch (error) {
    return Response.json({ error: error.body?.code }, { status: 401 });
  }
  const answer = await fetch(`${process.env.API_URL}/me`, {
    headers: { Authorization: `Bearer ${accessToken}` },
  });
  return Response.json(await answer.json(), { status: answer.status });
}
