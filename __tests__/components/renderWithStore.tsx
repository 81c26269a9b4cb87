import { render, type RenderResult } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { RouterContext } from 'next/dist/shared/lib/router-context.shared-runtime';
import type { NextRouter } from 'next/router';
import { StrictMode, type ReactNode } from 'react';
import { Provider } from 'react-redux';
import { en } from '../../components/messages/en/en.ts';
import { MessagesContext, type Messages } from '../../components/messages/MessagesContext.ts';
import { Toasts } from '../../components/toasts/Toasts.tsx';
import type { TestApp } from '../store/startApp.ts';
import { deferred, type Deferred } from '../support/deferred.ts';

export interface Rendered extends RenderResult {
  readonly user: UserEvent;
  /** Where the page was sent, in order. */
  readonly visited: string[];
  /** The server redirects the person back to this page. */
  readonly sendBack: () => void;
}

/** Shows components over a real store, engine and axios, on a page of the given path. */
export function renderWithStore(
  app: TestApp,
  children: ReactNode,
  pathname = '/',
  messages: Messages = en,
): Rendered {
  const visited: string[] = [];
  const arrivals: Deferred<boolean>[] = [];
  // Anyone who goes leaves the page, and nothing is heard here of an arrival.
  const go = (url: unknown) => {
    visited.push(String(url));
    const arrival = deferred<boolean>();
    arrivals.push(arrival);
    return arrival.promise;
  };
  const router = {
    pathname,
    asPath: pathname,
    route: pathname,
    query: {},
    basePath: '',
    isReady: true,
    push: go,
    replace: go,
    prefetch: () => Promise.resolve(),
    events: { on: () => undefined, off: () => undefined, emit: () => undefined },
  } as unknown as NextRouter;
  const user = userEvent.setup();
  const result = render(
    <StrictMode>
      <RouterContext.Provider value={router}>
        <MessagesContext value={messages}>
          <Provider store={app.store}>
            {children}
            <Toasts />
          </Provider>
        </MessagesContext>
      </RouterContext.Provider>
    </StrictMode>,
  );
  const sendBack = () => arrivals.splice(0).forEach((arrival) => arrival.resolve(true));
  return { ...result, user, visited, sendBack };
}
