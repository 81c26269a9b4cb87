import '../support/dom.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { RouterContext } from 'next/dist/shared/lib/router-context.shared-runtime';
import type { NextRouter } from 'next/router';
import { StrictMode, type ComponentType, type ReactNode } from 'react';
import type { SessionInfo } from '../../contract/user.ts';
import type { SessionProviderProps } from '../../react/index.ts';
import type { Reseal } from '../../server/index.ts';
import { startHost, type Host } from '../doors/doors.ts';
import { TabbedBrowser } from '../support/browserTabs.ts';
import { asServer } from '../support/dom.ts';
import { blocksOf, root } from './documents.ts';

/** The names under which an app imports the package. */
const ENTRIES = { store: 'store/index.ts', react: 'react/index.ts', server: 'server/index.ts' };

/** Writes the block that contains a text where Jest compiles it like any file of ours, and runs it. */
function load<T>(text: string): T {
  const [block] = blocksOf('docs/doors.md', ['ts', 'tsx']).filter(({ code }) => code.includes(text));
  let code = block!.code;
  for (const [entry, file] of Object.entries(ENTRIES))
    code = code.replaceAll(`'reseal/${entry}'`, `'${join(root, file)}'`);
  const folder = join(root, '.reseal/doors');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${text.replaceAll(/\W+/g, '-')}.tsx`);
  writeFileSync(path, code);
  return require(path) as T; // eslint-disable-line @typescript-eslint/no-require-imports -- its path is known at run time only
}

let host: Host;
let browser: TabbedBrowser;

beforeEach(async () => {
  host = await startHost();
  browser = new TabbedBrowser(host.url);
});
afterEach(async () => {
  cleanup();
  await host.close();
});

const serverSession = () => host.reseal.getSession({ headers: new Headers({ cookie: browser.cookie }) });

test('the store of the section on Redux shows the session, and its query waits for one refresh', async () => {
  interface Block {
    readonly App: ComponentType<{ session: SessionInfo | null; options: object; children: ReactNode }>;
    readonly api: { useMeQuery(of: undefined): { data?: { id: string } } };
  }
  const { App, api } = load<Block>('// store.ts');
  const Me = () => <p>{api.useMeQuery(undefined).data?.id ?? '…'}</p>;
  await browser.login();
  const session = await serverSession();
  host.upstream.expireAccessTokens();
  render(
    <StrictMode>
      <App session={session} options={browser.tab()}>
        <Me />
      </App>
    </StrictMode>,
  );
  await screen.findByText('user-ada');
  expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
});

test('the wrapper of the section on Redux hands the session of getServerSideProps to the first render', async () => {
  interface Block {
    readonly reseal: Reseal;
    readonly getServerSideProps: (context: unknown) => Promise<{ props: object }>;
    readonly default: ComponentType<{ pageProps: object; __N_SSP: true }>;
  }
  const { reseal, getServerSideProps, default: App } = load<Block>('next-redux-wrapper');
  // The server of the block, over the session of the host: it would read its settings from the environment.
  jest.spyOn(reseal, 'getSession').mockImplementation((request) => host.reseal.getSession(request));
  await browser.login();
  const context = { req: { headers: { cookie: browser.cookie } } };
  const { props } = await asServer(() => getServerSideProps(context));
  const router = { events: { on: () => undefined, off: () => undefined } } as unknown as NextRouter;
  render(
    <RouterContext.Provider value={router}>
      <App pageProps={props} __N_SSP />
    </RouterContext.Provider>,
  );
  expect(screen.getByText('Ada Lovelace')).toBeTruthy();
});

test('the corner of the section on React logs in and out', async () => {
  const { Page } = load<{ Page: ComponentType<SessionProviderProps> }>('export function Corner');
  render(
    <StrictMode>
      <Page initial={null} {...browser.tab()} />
    </StrictMode>,
  );
  fireEvent.click(screen.getByRole('button', { name: 'Log in (anonymous)' }));
  await screen.findByRole('button', { name: 'Log out Ada Lovelace' });
  await act(async () => void fireEvent.click(screen.getByRole('button', { name: 'Log out Ada Lovelace' })));
  await screen.findByRole('button', { name: 'Log in (logged_out)' });
});
