import { getServerSession } from 'next-auth/next';
import { authOptions } from '../../../../nextAuth4/authOptions.js';
import { Answer, Notes } from '../../../notes.js';

export const dynamic = 'force-dynamic';

/** @see https://next-auth.js.org/configuration/nextjs#in-app-router */
export default async function Page() {
  const session = await getServerSession(authOptions);
  return session ? <Notes accessToken={session.accessToken} /> : <Answer status={401} />;
}
