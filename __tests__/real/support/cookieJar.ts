import { parseSetCookie } from 'cookie';

/** The cookies of one browser at one provider. */
export class CookieJar {
  private readonly cookies = new Map<string, string>();

  /** Fetches without following redirects. */
  async fetch(url: URL, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    if (cookie !== '') headers.set('Cookie', cookie);
    headers.set('Accept', 'text/html,*/*;q=0.1');
    const response = await fetch(url, { ...init, redirect: 'manual', headers });
    for (const line of response.headers.getSetCookie()) {
      const { name, value = '', maxAge } = parseSetCookie(line, { decode: (raw) => raw });
      if (maxAge === 0 || value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}
