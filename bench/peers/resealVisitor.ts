import axios from 'axios';
import { createReauth } from '../../interceptors/reauth.ts';
import type { TabLock } from '../../interceptors/tabLock.ts';
import { createUserService } from '../../services/user.ts';
import { openBrowser, type Browser } from './browser.ts';
import { outcomeOf, personOf, type Visitor } from './visitor.ts';

/** With the engine, as in the app; or with a page that asks for a refresh at every 401 and repeats the request. */
export type WithEngine = 'engine' | 'bare page';

const passwords = { ada: 'lovelace', grace: 'hopper' };
const refreshes = ({ url, method }: { url?: string; method?: string }) =>
  url === '/api/user' && method === 'post';

/** What Web Locks are to the tabs of one browser. */
export function createLock(): TabLock {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** A page of Reseal, with its services and its interceptor over real sockets. */
export function resealVisitor(
  appUrl: string,
  engine: WithEngine,
  browser: Browser = openBrowser(appUrl, { strict: true }),
  lock: TabLock = createLock(),
): Visitor {
  const { http, jar } = browser;
  http.defaults.headers.common['X-Reseal'] = '1';
  const user = createUserService(http);
  const note = new Map<string, string>();
  const reauth = createReauth({
    refresh: (order) => user.refresh(order),
    whoAmI: (order) => user.whoAmI(order),
    readHint: () => jar.hint,
    watchHint: (look) => jar.watch(look),
    lock,
    storage: { getItem: (key) => note.get(key) ?? null, setItem: (key, value) => void note.set(key, value) },
  });
  if (engine === 'engine') reauth.attach(http);
  const exclusive = <T>(work: () => Promise<T>) => (engine === 'engine' ? reauth.exclusive(work) : work());
  const ask = () => http.get<{ id: string }>('/api/upstream/me');

  const askAndRefresh = () =>
    ask().catch(async (error: unknown) => {
      const staleVersion = expiredVersion(error);
      if (staleVersion === null) throw error;
      await user.refresh({ staleVersion });
      return ask();
    });

  return {
    async login(person) {
      const info = await exclusive(() => user.login({ username: person, password: passwords[person] }));
      reauth.loggedIn(info);
    },
    async logout() {
      await exclusive(() => user.logout());
      reauth.loggedOut();
    },
    call: () => outcomeOf(engine === 'engine' ? ask() : askAndRefresh()),
    session: () =>
      user.whoAmI().then(
        (info) => ({ who: personOf(info.user.id) }),
        () => ({ who: null }),
      ),
    cutRefresh: (signal) => browser.cutNext(signal, refreshes),
    earlier: () => resealVisitor(appUrl, engine, browser.earlier(), lock),
    close() {
      reauth.dispose();
      browser.close();
    },
  };
}

/** The version whose token died, if that is what the error says. */
function expiredVersion(error: unknown): number | null {
  const headers = axios.isAxiosError(error) ? error.response?.headers : undefined;
  return headers?.['x-reseal-reason'] === 'token_expired' ? Number(headers['x-reseal-version']) : null;
}
