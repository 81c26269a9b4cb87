import { parseSetCookie } from 'cookie';
import type { SessionInfo } from '../contract/user.ts';

export interface CallOptions {
  readonly method?: string;
  readonly json?: unknown;
  readonly body?: RequestInit['body'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** The `Cookie` header to send instead of the jar's. */
  readonly cookie?: string;
  /** Leaves the answer's cookies out of the jar, as if the answer were lost. */
  readonly loseCookies?: boolean;
}

/** A browser's cookie jar before one origin, with the calls that our services make. */
export class Browser {
  readonly jar: Map<string, string>;
  readonly origin: string;

  readonly #fetch: typeof fetch;

  /**
   * @param parts.jar the cookies of another app on the same host: ports do not tell cookies apart
   * @param parts.fetch what sends, where the system does not resolve the host
   */
  constructor(
    origin: string,
    parts: { readonly jar?: Map<string, string>; readonly fetch?: typeof fetch } = {},
  ) {
    this.origin = origin;
    this.jar = parts.jar ?? new Map<string, string>();
    this.#fetch = parts.fetch ?? fetch;
  }

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Takes the cookies of an answer, whenever the test says it arrives. */
  store(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const { name, value = '', maxAge } = parseSetCookie(line);
      if (maxAge === 0 || value === '') this.jar.delete(name);
      else this.jar.set(name, value);
    }
  }

  async call(path: string, options: CallOptions = {}): Promise<Response> {
    const { method = 'GET', json, headers, signal, cookie = this.cookie } = options;
    const body = json === undefined ? options.body : JSON.stringify(json);
    const response = await this.#fetch(this.origin + path, {
      method,
      redirect: 'manual',
      headers: {
        'X-Reseal': '1',
        ...(cookie === '' ? {} : { Cookie: cookie }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body == null ? {} : { body, duplex: 'half' }),
      ...(signal ? { signal } : {}),
    } as RequestInit);
    if (!options.loseCookies) this.store(response);
    return response;
  }

  async login(username = 'ada', password = 'lovelace'): Promise<SessionInfo> {
    const response = await this.call('/api/login', { method: 'POST', json: { username, password } });
    if (response.status !== 200) throw new Error(`login answered ${response.status}`);
    return (await response.json()) as SessionInfo;
  }

  refresh(staleVersion?: number, options: CallOptions = {}): Promise<Response> {
    return this.call('/api/user', { method: 'POST', json: { staleVersion }, ...options });
  }

  logout(body: object = {}): Promise<Response> {
    return this.call('/api/logout', { method: 'POST', json: body });
  }

  whoAmI(options: CallOptions = {}): Promise<Response> {
    return this.call('/api/user', options);
  }
}

/** The stable code of a problem document. */
export async function codeOf(response: Response): Promise<string> {
  const { code } = (await response.json()) as { code: string };
  return code;
}

export async function infoOf(response: Response): Promise<SessionInfo> {
  if (response.status !== 200) throw new Error(`answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as SessionInfo;
}
