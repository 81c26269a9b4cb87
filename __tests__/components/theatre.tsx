import { render, type RenderResult } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { RouterContext } from 'next/dist/shared/lib/router-context.shared-runtime';
import type { NextRouter } from 'next/router';
import { StrictMode, type ReactNode } from 'react';
import { Provider } from 'react-redux';
import { en } from '../../components/messages/en/en.ts';
import { MessagesContext, type Messages } from '../../components/messages/MessagesContext.ts';
import { Toasts } from '../../components/toasts/Toasts.tsx';
import type { Stage } from '../store/stage.ts';

export interface Play extends RenderResult {
  readonly user: UserEvent;
  /** Where the page was sent, in order. */
  readonly visited: string[];
}

/** Shows components over a real store, engine and axios, on a page of the given path. */
export function perform(stage: Stage, children: ReactNode, pathname = '/', messages: Messages = en): Play {
  const visited: string[] = [];
  const go = (url: unknown) => {
    visited.push(String(url));
    return Promise.resolve(true);
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
          <Provider store={stage.store}>
            {children}
            <Toasts />
          </Provider>
        </MessagesContext>
      </RouterContext.Provider>
    </StrictMode>,
  );
  return { ...result, user, visited };
}
