import Link from 'next/link';
import { useRouter } from 'next/router';
import { useState } from 'react';
import { selectStatus, selectUser } from '../../store/authSlice.ts';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { useLogout } from './useLogout.ts';

/** Who is signed in, with the way out; or the way in. */
export function Account() {
  const { shell } = useMessages();
  const status = useAppSelector(selectStatus);
  const user = useAppSelector(selectUser);
  const { pathname } = useRouter();
  if (user)
    return (
      <div className="flex items-center gap-2">
        <span className="max-w-32 truncate text-sm sm:max-w-48">
          <span className="sr-only">{shell.signedInAs} </span>
          {user.name}
        </span>
        {/* The session page has its own; two of one name confuse users of a screen reader. */}
        {pathname !== '/session' && <LogoutButton />}
      </div>
    );
  if (status === 'signingIn' || pathname === '/login') return null;
  return (
    <Link
      href="/login"
      prefetch={false}
      className="text-sm font-medium text-accent underline-offset-4 hover:underline"
    >
      {shell.login}
    </Link>
  );
}

/** Logs out; a toast reports a failure. */
function LogoutButton() {
  const { shell } = useMessages();
  const logout = useLogout();
  const [busy, setBusy] = useState(false);

  const leave = async () => {
    setBusy(true);
    await logout({});
    setBusy(false);
  };

  return (
    <Button small look="quiet" className="-mr-2.5" busy={busy} onClick={() => void leave()}>
      {shell.logout}
    </Button>
  );
}
