import axios from 'axios';
import { createReauth } from 'reseal/interceptors';

/** Calls Reseal itself. */
const auth = axios.create({ baseURL: '/api', headers: { 'X-Reseal': '1' } });

/** Calls the backend through Reseal: every request of it survives an expired token. */
export const http = axios.create({ baseURL: '/api/upstream' });

const reauth = createReauth({
  refresh: ({ staleVersion, signal }) =>
    auth.post('/user', { staleVersion }, { signal }).then(({ data }) => data),
  whoAmI: ({ signal }) => auth.get('/user', { signal }).then(({ data }) => data),
  // The session ended, or another tab logged in or out: listen to this event, and show who is logged in now.
  onEvent: ({ type }) => {
    if (type === 'sessionEnded' || type === 'sessionChanged') dispatchEvent(new Event('session'));
  },
});
reauth.attach(http);

export interface User {
  readonly id: string;
  readonly name: string;
}

/** Answers who is logged in, or `null`. */
export async function whoAmI(): Promise<User | null> {
  const { data, status } = await auth.get('/user', {
    validateStatus: (code) => code === 200 || code === 401,
  });
  if (status === 401) return null;
  reauth.loggedIn(data);
  return data.user;
}

export async function login(username: string, password: string): Promise<User> {
  const { data } = await reauth.exclusive(() => auth.post('/login', { username, password }));
  reauth.loggedIn(data);
  return data.user;
}

export async function logout(): Promise<void> {
  await reauth.exclusive(() => auth.post('/logout'));
  reauth.loggedOut();
}

/** The server may have refreshed the session while it rendered: then the cookies of this browser catch up. */
export async function catchUp({ id, version }: { id: string; version: number }): Promise<void> {
  const hint = new RegExp(`=${id}\\.(\\d+)`).exec(document.cookie);
  if (hint && Number(hint[1]) < version) await reauth.refresh();
}
