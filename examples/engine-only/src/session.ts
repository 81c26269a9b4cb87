import axios from 'axios';
import { createReauth } from 'reseal/interceptors';

/** Every request of it survives an expired token. */
export const http = axios.create();

const reauth = createReauth({
  refresh: async ({ signal }) => {
    await axios.post('/session/refresh', undefined, { signal });
    return undefined; // this backend says nothing about the session
  },
  onEvent: ({ type }) => {
    if (type === 'sessionEnded') dispatchEvent(new Event('session'));
  },
});
reauth.attach(http);

export interface User {
  readonly name: string;
}

/** Answers who is logged in, or `null`. */
export const whoAmI = (): Promise<User | null> =>
  http.get<User>('/me').then(
    ({ data }) => data,
    () => null,
  );

export async function login(username: string, password: string): Promise<User | null> {
  await reauth.exclusive(() => axios.post('/session/login', { username, password }));
  reauth.loggedIn();
  return whoAmI();
}

export async function logout(): Promise<void> {
  await reauth.exclusive(() => axios.post('/session/logout'));
  reauth.loggedOut();
}
