/** @jest-environment jsdom */
import { act, render, screen } from '@testing-library/react';
import axios from 'axios';
import type { NextComponentType, NextPageContext } from 'next';
import type { AppProps } from 'next/app';
import { RouterContext } from 'next/dist/shared/lib/router-context.shared-runtime';
import type { NextRouter } from 'next/router';
import { StrictMode, useLayoutEffect } from 'react';
import { renderToString } from 'react-dom/server';
import { NotesBoard } from '../../components/notes/NotesBoard.tsx';
import { Account } from '../../components/shell/Account.tsx';
import ResealApp from '../../pages/_app.tsx';
import { Backend } from '../store/backend.ts';

const router = { pathname: '/notes', asPath: '/notes', push: async () => true } as unknown as NextRouter;

const app = (page: NextComponentType<NextPageContext, unknown, object>, session: unknown) => (
  <StrictMode>
    <RouterContext.Provider value={router}>
      <ResealApp
        {...({ Component: page, pageProps: { session, lab: false }, router } as unknown as AppProps)}
      />
    </RouterContext.Provider>
  </StrictMode>
);

// As Next does before the first byte and before hydration.
beforeAll(async () => {
  const { unmount } = render(app(Account, null));
  await screen.findByRole('link', { name: 'Log in' });
  unmount();
});

let backend: Backend;
const { adapter = [] } = axios.defaults;
beforeEach(() => {
  backend = new Backend();
  backend.notes['user-ada'] = [
    { id: 'a1', text: 'Ada one', updatedAt: '2026-11-23T08:00:00Z', attachment: null },
  ];
  backend.notes['user-grace'] = [
    { id: 'g1', text: 'Grace one', updatedAt: '2026-11-23T08:00:00Z', attachment: null },
  ];
  // The page makes its own axios instance; the network below it is the test's.
  axios.defaults.adapter = backend.adapter;
});
afterEach(() => {
  axios.defaults.adapter = adapter;
});

describe('the app', () => {
  test('renders the name of the person on the first byte, and sends nothing on the server', () => {
    expect(renderToString(app(Account, backend.login('ada')))).toContain('Ada Lovelace');
    expect(backend.calls).toEqual([]);
  });

  test('gives each request of the server a store of its own', () => {
    renderToString(app(Account, backend.login('ada')));
    expect(renderToString(app(Account, null))).not.toContain('Ada');
  });

  test('serves the first request of a page, under StrictMode too, with one engine', async () => {
    const session = backend.login('ada');
    backend.expire();
    render(app(NotesBoard, session));
    expect(await screen.findByText('Ada one')).toBeTruthy();
    expect(backend.count('POST /api/user')).toBe(1);
    expect(
      new Set(backend.calls.filter(({ path }) => path.includes('upstream')).map((call) => call.identity)),
    ).toEqual(new Set(['s1']));
  });

  test('never paints one person with the notes of another', async () => {
    const painted: string[] = [];
    function Page() {
      // A child's layout effect runs first, the browser paints last: what stands there then is painted.
      useLayoutEffect(() => {
        queueMicrotask(() => painted.push(document.body.textContent ?? ''));
      });
      return (
        <>
          <Account />
          <NotesBoard />
        </>
      );
    }
    const { rerender } = render(app(Page, backend.login('ada')));
    await screen.findByText('Ada one');
    const grace = backend.login('grace');
    await act(async () => rerender(app(Page, grace)));
    expect(await screen.findByText('Grace one')).toBeTruthy();
    expect(painted.filter((text) => text.includes('Grace') && text.includes('Ada'))).toEqual([]);
  });

  test('knows the newer version that page data brings', async () => {
    const first = backend.login('ada');
    const { rerender } = render(app(NotesBoard, first));
    await screen.findByText('Ada one');
    rerender(app(NotesBoard, { ...first, session: { ...first.session, version: 5 } }));
    backend.expire();
    await act(async () => undefined);
    expect(backend.count('POST /api/user')).toBe(0);
  });

  test('is deaf once it is taken down: no listener is left behind', async () => {
    const { unmount } = render(app(Account, backend.login('ada')));
    backend.login('grace');
    unmount();
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('pageshow'));
    window.dispatchEvent(new Event('online'));
    await act(async () => undefined);
    expect(backend.calls).toEqual([]);
  });
});
