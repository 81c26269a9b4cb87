/** What `reseal init` writes a file for. */
export interface Target {
  readonly typescript: boolean;
  /** Whether pages are rendered on the server, where a refresh writes no cookie. */
  readonly rendersOnServer: boolean;
  /** What `COOKIE_NAME` says, where it says anything. */
  readonly cookieName?: string | undefined;
}

/** The server, in a file of its own. */
export const serverFile = () => `import { createReseal, fromEnv } from 'reseal/server';

export const reseal = createReseal(fromEnv());
`;

/** The catch-all route of the App Router. */
export const routeOfAppRouter = () => `import { reseal } from '../../../reseal';

export const { GET, HEAD, POST, PUT, PATCH, DELETE } = reseal.routeHandlers;
`;

/** The catch-all route of the Pages Router. */
export const routeOfPagesRouter = () => `import { reseal } from '../../reseal';

// Next reads this literal: a body parser would hold uploads in memory.
export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };
export default reseal.pagesHandler;
`;

/** The browser half: the engine, and the calls that an app makes of it. */
export function clientFile({ typescript, rendersOnServer, cookieName }: Target): string {
  const t = (text: string) => (typescript ? text : '');
  return `import axios from 'axios';
import { createReauth } from 'reseal/interceptors';

/** Calls Reseal itself. */
const auth = axios.create({ baseURL: '/api', headers: { 'X-Reseal': '1' } });

/** Calls the backend through Reseal: every request of it survives an expired token. */
export const http = axios.create({ baseURL: '/api/upstream' });

const reauth = createReauth({
${cookieName === undefined ? '' : `  cookieName: ${JSON.stringify(cookieName)}, // COOKIE_NAME\n`}  refresh: ({ staleVersion, signal }) =>
    auth.post('/user', { staleVersion }, { signal }).then(({ data }) => data),
  whoAmI: ({ signal }) => auth.get('/user', { signal }).then(({ data }) => data),
  // The session ended, or another tab logged in or out: listen to this event, and show who is logged in now.
  onEvent: ({ type }) => {
    if (type === 'sessionEnded' || type === 'sessionChanged') dispatchEvent(new Event('session'));
  },
});
reauth.attach(http);
${t(`
export interface User {
  readonly id: string;
  readonly name: string;
}
`)}
/** Answers who is logged in, or \`null\`. */
export async function whoAmI()${t(': Promise<User | null>')} {
  const { data, status } = await auth.get('/user', {
    validateStatus: (code) => code === 200 || code === 401,
  });
  if (status === 401) return null;
  reauth.loggedIn(data);
  return data.user;
}

export async function login(username${t(': string')}, password${t(': string')})${t(': Promise<User>')} {
  const { data } = await reauth.exclusive(() => auth.post('/login', { username, password }));
  reauth.loggedIn(data);
  return data.user;
}

export async function logout()${t(': Promise<void>')} {
  await reauth.exclusive(() => auth.post('/logout'));
  reauth.loggedOut();
}
${rendersOnServer ? catchUp(t) : ''}`;
}

const catchUp = (t: (text: string) => string) => `
/** The server may have refreshed the session while it rendered: then the cookies of this browser catch up. */
export async function catchUp({ id, version }${t(': { id: string; version: number }')})${t(': Promise<void>')} {
  const hint = new RegExp(\`=\${id}\\\\.(\\\\d+)\`).exec(document.cookie);
  if (hint && Number(hint[1]) < version) await reauth.refresh();
}
`;
