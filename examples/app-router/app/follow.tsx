'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { useSession } from 'reseal/react';

/** Renders the page anew after a login or a logout, also in another tab, and when the session has ended. */
export function Follow({ rendered }: { rendered: string | null }) {
  const router = useRouter();
  const session = useSession();
  const id = session.status === 'signedIn' ? session.session.id : null;
  const isKnown = session.status === 'signedIn' || session.status === 'signedOut';

  useEffect(() => {
    if (isKnown && id !== rendered) router.refresh();
  }, [isKnown, id, rendered, router]);
  return null;
}
