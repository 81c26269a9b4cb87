import type { AppProps } from 'next/app';
import { useLayoutEffect, useState } from 'react';
import { Provider } from 'react-redux';
import { Language } from '../components/messages/Language.tsx';
import { NavigationStatus } from '../components/shell/NavigationStatus.tsx';
import { StepUp } from '../components/stepUp/StepUp.tsx';
import { Toasts } from '../components/toasts/Toasts.tsx';
import { COOKIE_NAME_META } from '../contract/hint.ts';
import { createApp } from '../store/demo/createApp.ts';
import type { PageProps } from '../server/adapters/pageProps.ts';
import '../styles/globals.css';

/** The server's `COOKIE_NAME`, which the document names: one build serves apps of several names. */
function cookieNameOfPage(): string | undefined {
  if (typeof document === 'undefined') return undefined;
  return document.querySelector<HTMLMetaElement>(`meta[name="${COOKIE_NAME_META}"]`)?.content;
}

/**
 * One store, one axios instance, one engine a page; on the server one store a request.
 *
 * Layout effects, not effects: a child's effect may send the first request, and another person's page data must
 * not be painted with the last person's name.
 */
export default function ResealApp({ Component, pageProps }: AppProps<Partial<PageProps>>) {
  const { session = null, lab = false } = pageProps;
  const [app] = useState(() => createApp({ session, lab, cookieName: cookieNameOfPage() }));
  useLayoutEffect(() => app.start(), [app]);
  useLayoutEffect(() => app.meet(session), [app, session]);
  return (
    <Provider store={app.store}>
      <Language>
        <NavigationStatus />
        <Component {...pageProps} />
        <StepUp />
        <Toasts />
      </Language>
    </Provider>
  );
}
