import type { Reply } from './exchange.ts';

/** Makes a redirect of the browser; nothing about the address it comes from travels along. */
export function redirect(location: string, cookies: readonly string[] = []): Reply {
  return {
    status: 303,
    headers: { Location: location, 'Cache-Control': 'private, no-store', 'Referrer-Policy': 'no-referrer' },
    cookies,
    body: null,
  };
}
