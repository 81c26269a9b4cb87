import { Browser } from '../../testing/browser.ts';

/** Where a navigation came to rest, or was stopped. */
export interface Landing {
  readonly url: URL;
  readonly response: Response;
}

/**
 * A person with a browser who logs in at a provider: a jar for the app, one for the provider, and what a browser
 * does with Strict cookies on a navigation from another site.
 */
export class OidcPerson {
  readonly app: Browser;
  readonly provider: Browser;

  /** @param appFetch what sends to the app, where the system does not resolve its host */
  constructor(appUrl: string, providerUrl: string, appFetch?: typeof fetch) {
    this.app = new Browser(appUrl, appFetch ? { fetch: appFetch } : {});
    this.provider = new Browser(providerUrl);
  }

  /** A navigation to the app, from its own pages unless told otherwise. */
  async visit(path: string, site: 'none' | 'same-origin' | 'cross-site' = 'same-origin'): Promise<Response> {
    const isForeign = site === 'cross-site';
    // Only the transaction is Lax; from another site the Strict cookies stay at home.
    const cookie = [...this.app.jar]
      .filter(([name]) => !isForeign || name.includes('reseal_login'))
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
    return this.app.call(path, {
      cookie,
      headers: { 'X-Reseal': '', 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'navigate' },
    });
  }

  /** Clicks the link on the login page; answers the address at the provider. */
  async begin(returnTo = '/notes'): Promise<URL> {
    const response = await this.visit(`/api/login?returnTo=${encodeURIComponent(returnTo)}`);
    return new URL(response.headers.get('location') ?? '', this.app.origin);
  }

  /** Asks to log in once more for a session; answers the address that the app sends the browser to. */
  async beginStepUp(sessionId: string, demand: Readonly<Record<string, string>> = {}): Promise<URL> {
    const query = new URLSearchParams({ stepUp: sessionId, returnTo: '/stepped-up', ...demand });
    const response = await this.visit(`/api/login?${query}`);
    return new URL(response.headers.get('location') ?? '', this.app.origin);
  }

  /** Goes through the provider's pages; answers the address at the app that it sends the browser to. */
  async answer(at: URL, as: string, choice: 'consent' | 'deny' = 'consent'): Promise<URL> {
    let next = at;
    let method = 'GET';
    let form: URLSearchParams | undefined;
    for (let step = 0; step < 20; step += 1) {
      if (next.origin === this.app.origin) return next;
      const response = await this.provider.call(next.pathname + next.search, {
        method,
        ...(form ? { body: form } : {}),
      });
      [method, form] = ['GET', undefined];
      const location = response.headers.get('location');
      if (location) {
        next = new URL(location, next);
        continue;
      }
      const page = await response.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      if (!prompt) throw new Error(`the provider answered ${response.status}: ${page.slice(0, 400)}`);
      if (choice === 'deny') {
        next = new URL(`${next.pathname}/abort`, next);
        continue;
      }
      form = new URLSearchParams(prompt === 'login' ? { prompt, login: as, password: 'any' } : { prompt });
      method = 'POST';
    }
    throw new Error('the provider sends the browser in circles');
  }

  /** Comes back with an answer: across the hop, to where the app sends the browser. */
  async comeBack(to: URL): Promise<string> {
    const first = await this.visit(to.pathname + to.search, 'cross-site');
    const page = await first.text();
    const again = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    if (!again) return first.headers.get('location') ?? `${first.status} ${page}`;
    const second = await this.visit(again);
    return second.headers.get('location') ?? `${second.status} ${await second.text()}`;
  }

  /** Logs in from beginning to end; answers where that led. */
  async login(as = 'ada', returnTo = '/notes'): Promise<string> {
    return this.comeBack(await this.answer(await this.begin(returnTo), as));
  }

  /** The names of the cookies of logins that are not finished. */
  get openLogins(): string[] {
    return [...this.app.jar.keys()].filter((name) => name.includes('reseal_login'));
  }

  /** Bytes of the `Cookie` header that the app is sent. */
  get cookieBytes(): number {
    return Buffer.byteLength(`Cookie: ${this.app.cookie}`);
  }
}
