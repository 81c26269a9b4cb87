/** What is sent; redirects are never followed. */
export interface Sent {
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array | null;
}

/** Sends a request with the cookies that belong to it, and keeps those of the answer. */
export interface Caller {
  send(address: string, sent: Sent): Promise<{ readonly response: Response; readonly url: URL }>;
}

/** A function that answers a request: `fetch` itself, or `reseal.fetch`. */
export type Fetch = (request: Request) => Promise<Response>;

/** What is used of Playwright's `BrowserContext`. */
export interface ContextLike {
  readonly request: {
    fetch(
      url: string,
      options: {
        method: string;
        headers: { [name: string]: string };
        data?: Buffer;
        maxRedirects: number;
        failOnStatusCode: boolean;
      },
    ): Promise<{
      status(): number;
      url(): string;
      headersArray(): { name: string; value: string }[];
      body(): Promise<Buffer>;
    }>;
  };
}

/** Statuses whose answers have no body. @see Fetch Standard, null body status */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** Sends through Playwright, whose requests share their cookies with the pages of the context. */
export function browserCaller({ request }: ContextLike): Caller {
  return {
    async send(address, { method, headers, body }) {
      const answer = await request.fetch(address, {
        method,
        headers: Object.fromEntries(headers),
        ...(body === null ? {} : { data: Buffer.from(body) }),
        maxRedirects: 0,
        failOnStatusCode: false,
      });
      const status = answer.status();
      const named = new Headers();
      for (const { name, value } of answer.headersArray()) named.append(name, value);
      const content = WITHOUT_BODY.has(status) ? null : new Uint8Array(await answer.body());
      return { response: new Response(content, { status, headers: named }), url: new URL(answer.url()) };
    },
  };
}

/** Sends with a cookie jar of its own: the app's requests through `fetchApp`, others through `fetch`. */
export function jarCaller(
  fetchApp: Fetch,
  appUrl: string,
): Caller & { readonly cookieOf: (url: string) => string } {
  const { origin } = new URL(appUrl);
  const jars = new Map<string, Map<string, string>>();
  const cookieOf = (url: URL) => [...(jars.get(url.origin) ?? [])].map((pair) => pair.join('=')).join('; ');

  function keep(url: URL, response: Response): void {
    const jar = jars.get(url.origin) ?? new Map<string, string>();
    jars.set(url.origin, jar);
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = '', attributes = ''] = /^([^=;]+)=([^;]*)(.*)$/.exec(line) ?? [];
      if (value === '' || /;\s*max-age=0\b/i.test(attributes)) jar.delete(name);
      else jar.set(name, value);
    }
  }

  return {
    cookieOf: (url) => cookieOf(new URL(url)),
    async send(address, { method, headers, body }) {
      const url = new URL(address);
      const cookie = cookieOf(url);
      if (cookie !== '') headers.set('Cookie', cookie);
      const request = new Request(url, {
        method,
        headers,
        redirect: 'manual',
        ...(body === null ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      });
      const response = await (url.origin === origin ? fetchApp(request) : fetch(request));
      keep(url, response);
      return { response, url };
    },
  };
}
