import Router from 'next/router';
import { useEffect, useRef, useState } from 'react';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';

/** A quicker page needs no sign that it is on its way. */
const PATIENCE_MS = 150;

/**
 * Shows that the next page is loading, and keeps this one where the next cannot be had.
 *
 * Next answers a page that it cannot fetch by a full navigation, which is right after a new build. Offline it would end
 * on the browser's error page, with everything that was typed lost: so the server is asked first whether it is there.
 */
export function NavigationStatus() {
  const { shell } = useMessages();
  const [isSlow, setSlow] = useState(false);
  const [unreachable, setUnreachable] = useState<string | null>(null);
  const failed = useRef<string | null>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      clearTimeout(timer);
      setSlow(false);
    };
    const start = () => {
      settle();
      setUnreachable(null);
      timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    };
    const fail = (error: { readonly cancelled?: boolean }, url: string) => {
      settle();
      if (error.cancelled) return;
      // The full navigation follows in the same task.
      failed.current = url;
      setTimeout(() => (failed.current = null));
    };
    const keepPage = (event: Event) => {
      const url = failed.current;
      if (url === null || !event.cancelable) return;
      failed.current = null;
      event.preventDefault();
      void fetch('/api/health').then(
        () => location.assign(url),
        () => setUnreachable(url),
      );
    };
    const { navigation } = window as { readonly navigation?: EventTarget };
    navigation?.addEventListener('navigate', keepPage);
    Router.events.on('routeChangeStart', start);
    Router.events.on('routeChangeComplete', settle);
    Router.events.on('routeChangeError', fail);
    return () => {
      clearTimeout(timer);
      navigation?.removeEventListener('navigate', keepPage);
      Router.events.off('routeChangeStart', start);
      Router.events.off('routeChangeComplete', settle);
      Router.events.off('routeChangeError', fail);
    };
  }, []);

  return (
    <>
      {isSlow && (
        <div
          role="progressbar"
          aria-label={shell.loading}
          className="fixed inset-x-0 top-0 z-40 h-1 overflow-hidden bg-accent-soft print:hidden"
        >
          <div className="h-full w-1/3 animate-progress bg-accent motion-reduce:w-full" />
        </div>
      )}
      {unreachable !== null && (
        <div className="fixed inset-x-4 bottom-4 z-40 mx-auto max-w-3xl shadow-lg print:hidden">
          <Alert
            tone="warn"
            action={
              <div className="flex flex-wrap gap-2">
                <Button onClick={() => void Router.push(unreachable)}>{shell.tryAgain}</Button>
                <Button look="quiet" onClick={() => setUnreachable(null)}>
                  {shell.dismiss}
                </Button>
              </div>
            }
          >
            {shell.unreachable}
          </Alert>
        </div>
      )}
    </>
  );
}
