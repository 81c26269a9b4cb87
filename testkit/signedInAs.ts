import { NO_IDENTITY, RESEAL_HEADER } from '../contract/headers.ts';
import type { SessionInfo } from '../contract/user.ts';
import { type Account, sampleAccounts } from '../upstream/options.ts';
import { browserCaller, type Caller, type ContextLike, type Fetch, jarCaller } from './calls.ts';
import { fillLoginForm, refreshTargetOf } from './loginForm.ts';

/** What a login form takes. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface SignInOptions {
  /**
   * The address of the app, with its base path. A page or a context takes its `baseURL` by default, a `fetch`
   * function `http://localhost:3000`.
   */
  readonly url?: string;
  /** The accounts whose passwords are known by username; those of the test kit by default. */
  readonly people?: readonly Pick<Account, 'username' | 'password'>[];
}

/** A logged-in session, and requests of it. */
export interface SignedIn extends SessionInfo {
  /**
   * `fetch` with the cookies of this session, which it keeps up to date, and `X-Reseal`.
   *
   * An address may be a path of the app. Redirects are not followed. It does not refresh by itself: give it to axios
   * with the interceptor (`adapter: 'fetch', env: { fetch }`), or call `POST /api/user`.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
}

/** A logged-in session that is in no browser. */
export interface SignedInFetch extends SignedIn {
  /** The `Cookie` header of this moment, for `getSession`, `upstreamFetch` and the like. */
  readonly cookie: string;
}

/** What is used of Playwright's `Page`. */
export interface PageLike {
  context(): ContextLike;
}

const DEFAULT_URL = 'http://localhost:3000';

/** More than any provider sends a browser around. */
const MOST_STEPS = 20;

/**
 * Logs a person in at a running app without its login page: by `POST /api/login`, or in OIDC mode through the provider's
 * login form, by HTTP. The session is a real one, and refreshes.
 *
 * A page or a context of Playwright gets the cookies. A function such as `fetch` or `reseal.fetch` answers the app's
 * requests, and the cookies stay in what is returned.
 *
 * @throws {Error} where the app or the provider refuses the login
 * @see docs/testing.md
 */
export function signedInAs(
  target: Fetch,
  person: string | Credentials,
  options?: SignInOptions,
): Promise<SignedInFetch>;
export function signedInAs(
  target: PageLike | ContextLike,
  person: string | Credentials,
  options?: SignInOptions,
): Promise<SignedIn>;
export async function signedInAs(
  target: Fetch | PageLike | ContextLike,
  person: string | Credentials,
  options: SignInOptions = {},
): Promise<SignedIn> {
  const who = credentialsOf(person, options);
  if (typeof target !== 'function') {
    const context = 'context' in target ? target.context() : target;
    return signIn(browserCaller(context), options.url ?? '', who);
  }
  const url = options.url ?? DEFAULT_URL;
  const caller = jarCaller(target, url);
  const session = await signIn(caller, url, who);
  return Object.defineProperty(session, 'cookie', { get: () => caller.cookieOf(url), enumerable: true });
}

function credentialsOf(
  person: string | Credentials,
  { people = sampleAccounts }: SignInOptions,
): Credentials {
  if (typeof person !== 'string') return person;
  const found = people.find(({ username }) => username === person);
  if (found) return found;
  throw new Error(`No password is known for "${person}": give { username, password }.`);
}

async function signIn(caller: Caller, url: string, who: Credentials): Promise<SignedIn> {
  const base = url.replace(/\/$/, '');
  const fetch: SignedIn['fetch'] = async (input, init) => {
    const isPath = typeof input === 'string' && input.startsWith('/');
    // A Request wants an absolute address, and a page's base address is known to the browser alone.
    const address = isPath ? base + input : String(input instanceof Request ? input.url : input);
    const request = new Request(input instanceof Request ? input : new URL(address, DEFAULT_URL), init);
    if (!request.headers.has(RESEAL_HEADER)) request.headers.set(RESEAL_HEADER, NO_IDENTITY);
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    const { method, headers } = request;
    return (await caller.send(address, { method, headers, body })).response;
  };

  const login = await fetch('/api/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(who),
  });
  // In OIDC mode the route has no POST.
  if (login.status === 405) await walkToProvider(caller, base, who);
  else if (!login.ok) throw new Error(`The login of ${who.username} was refused: ${await textOf(login)}`);
  const session = await fetch('/api/user');
  if (!session.ok)
    throw new Error(`${who.username} has no session after the login: ${await textOf(session)}`);
  return { ...((await session.json()) as SessionInfo), fetch };
}

/** Goes through the authorization-code flow as a browser does, from `GET /api/login` until the app's callback is over. */
async function walkToProvider(caller: Caller, base: string, who: Credentials): Promise<void> {
  let next: { address: string; body: URLSearchParams | null } = { address: `${base}/api/login`, body: null };
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const { address, body } = next;
    const { response, url } = await caller.send(address, {
      method: body ? 'POST' : 'GET',
      headers: new Headers(body ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
      body: body && new TextEncoder().encode(body.toString()),
    });
    const location = response.headers.get('location');
    if (location !== null) {
      const target = new URL(location, url);
      const problem = target.searchParams.get('problem');
      if (problem !== null) throw new Error(`The login of ${who.username} failed: ${problem}`);
      if (url.pathname.endsWith('/api/callback')) return;
      next = { address: target.href, body: null };
      continue;
    }
    const page = await response.text();
    const refreshTarget = refreshTargetOf(page, url);
    const form = refreshTarget || !response.ok ? null : fillLoginForm(page, url, who);
    if (refreshTarget) next = { address: refreshTarget.href, body: null };
    else if (form) next = { address: form.action.href, body: form.body };
    else throw new Error(`${url.origin}${url.pathname} answered ${response.status}: ${page.slice(0, 400)}`);
  }
  throw new Error(`The login of ${who.username} did not end after ${MOST_STEPS} steps.`);
}

const textOf = async (response: Response) => `${response.status} ${(await response.text()).slice(0, 400)}`;
