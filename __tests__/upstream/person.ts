import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import type { UpstreamOptions } from '../../upstream/options.ts';

/** What login and refresh answer. */
export interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: unknown;
  readonly user?: { readonly id: string; readonly name: string; readonly email: string };
}

const running: Upstream[] = [];

/** Starts a service that `closeAll` will close. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = await createUpstream(options);
  running.push(upstream);
  return upstream;
}

export async function closeAll(): Promise<void> {
  await Promise.all(running.splice(0).map((upstream) => upstream.close()));
}

export const postJson = (url: string, body: unknown): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

export const logIn = async (
  { url }: Pick<Upstream, 'url'>,
  username = 'ada',
  password = 'lovelace',
): Promise<Pair> => (await postJson(`${url}/auth/login`, { username, password })).json() as Promise<Pair>;

export const refresh = ({ url }: Pick<Upstream, 'url'>, token: string): Promise<Response> =>
  postJson(`${url}/auth/refresh`, { refresh_token: token });

export const refreshed = async (upstream: Pick<Upstream, 'url'>, token: string): Promise<Pair> =>
  (await refresh(upstream, token)).json() as Promise<Pair>;

/** Calls a protected route with an access token. */
export const call = (
  { url }: Pick<Upstream, 'url'>,
  { access_token }: Pick<Pair, 'access_token'>,
  path: string,
  init: RequestInit = {},
): Promise<Response> =>
  fetch(`${url}${path}`, {
    redirect: 'manual',
    ...init,
    headers: { authorization: `Bearer ${access_token}`, ...init.headers },
  });

/** Calls a protected route with a JSON body. */
export const send = (
  upstream: Pick<Upstream, 'url'>,
  pair: Pick<Pair, 'access_token'>,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  call(upstream, pair, path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

export const statusOf = async (response: Promise<Response>): Promise<number> => (await response).status;
