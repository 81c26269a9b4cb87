import { auth } from '../../auth.js';
import { Answer, Notes } from '../../../notes.js';

export const dynamic = 'force-dynamic';

/** @see https://authjs.dev/getting-started/session-management/get-session */
export default async function Page() {
  const session = await auth();
  return session?.user ? <Notes accessToken={session.accessToken} /> : <Answer status={401} />;
}
