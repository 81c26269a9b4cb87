import Link from 'next/link';
import { useRouter } from 'next/router';
import { selectReason } from '../../store/authSlice.ts';
import { isEnded } from '../../store/authState.ts';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';

/** Says that the session is over, and leads to the login and back here. */
export function SessionBanner() {
  const { shell } = useMessages();
  const reason = useAppSelector(selectReason);
  const hasOwner = useAppSelector((state) => state.owner !== null);
  const { pathname, asPath } = useRouter();
  // A session that was over before this page began is no news.
  const news = reason === 'logged_out_elsewhere' || (isEnded(reason) && hasOwner);
  if (pathname === '/login' || !news) return null;
  return (
    <div className="mx-auto w-full max-w-5xl px-4 pt-4 sm:px-6">
      <Alert
        action={
          <Link
            href={`/login?returnTo=${encodeURIComponent(asPath)}`}
            className="font-medium underline underline-offset-4"
          >
            {shell.endedAction}
          </Link>
        }
      >
        {isEnded(reason) ? shell.ended : shell.changed}
      </Alert>
    </div>
  );
}
