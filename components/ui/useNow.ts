import { useSyncExternalStore } from 'react';

/** The page's clock in whole seconds, in milliseconds; 0 while the page is still the server's. */
export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => Math.floor(performance.now() / 1000) * 1000,
    () => 0,
  );
}

function subscribe(changed: () => void): () => void {
  const timer = setInterval(changed, 1000);
  return () => clearInterval(timer);
}
