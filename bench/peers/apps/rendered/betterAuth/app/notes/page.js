import { headers } from 'next/headers';
import { accessTokenOf } from '../../auth.js';
import { Answer, Notes } from '../../../notes.js';

export const dynamic = 'force-dynamic';

/** @see https://better-auth.com/docs/integrations/next#rsc-and-server-actions */
export default async function Page() {
  let accessToken;
  try {
    accessToken = await accessTokenOf(await headers());
  } catch {
    return <Answer status={401} />;
  }
  return <Notes accessToken={accessToken} />;
}
