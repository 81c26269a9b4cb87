import { withAuth } from '@workos-inc/authkit-nextjs';

export async function GET() {
  const { user } = await withAuth();
  return Response.json({ user });
}
