import { withAuth } from '@workos-inc/authkit-nextjs';

export async function GET() {
  const { user, accessToken } = await withAuth();
  if (!user) return Response.json({ error: 'signed out' }, { status: 401 });
  const answer = await fetch(`${process.env.API_URL}/me`, {
    headers: { Authorization: `Bearer ${accessToken}` },
  });
  return Response.json(await answer.json(), { status: answer.status });
}
