import { withAuth } from '@workos-inc/authkit-nextjs';
import { Answer, Notes } from '../../../notes.js';

export const dynamic = 'force-dynamic';

/**
 * The proxy has refreshed before this is rendered, and hands the session on in a header of the request.
 *
 * @see https://github.com/workos/authkit-nextjs#get-the-current-user-in-a-server-component
 */
export default async function Page() {
  const { user, accessToken } = await withAuth();
  return user ? <Notes accessToken={accessToken} /> : <Answer status={401} />;
}
