import { auth0 } from '../../../../auth0/auth0.js';
import { Answer, Notes } from '../../../notes.js';

export const dynamic = 'force-dynamic';

/** @see https://github.com/auth0/nextjs-auth0/blob/main/EXAMPLES.md#on-the-server-app-router-2 */
export default async function Page() {
  let token;
  try {
    ({ token } = await auth0.getAccessToken());
  } catch {
    return <Answer status={401} />;
  }
  return <Notes accessToken={token} />;
}
