import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What an issuer answers: a status, headers, and a JSON body or raw text. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readonly<Record<string, unknown>>;
}

/** Decides a refresh of one person: `null` grants it; a function changes a grant, after the rotation. */
export type Script = (
  call: number,
) => ScriptedAnswer | null | ((grant: Readonly<Record<string, unknown>>) => ScriptedAnswer);

/** A password-mode upstream on a real socket that rotates strictly, and that a test scripts for each person. */
export interface ScriptedIssuer {
  readonly url: string;
  /** How often a refresh of this person, or of everyone, reached it. */
  calls(person?: string): number;
  /** How often a refresh token came that had been used before. */
  readonly reuses: number;
  /** Replaces what a person's refreshes, or logins, are answered. */
  script(person: string, refresh: Script | null): void;
  scriptLogin(person: string, login: (() => ScriptedAnswer | null) | null): void;
  close(): Promise<void>;
}

const GRANT: Script = () => null;

/** Starts it; any username is a person, any password is right. */
export async function startScriptedIssuer({ expiresIn = 60 as unknown } = {}): Promise<ScriptedIssuer> {
  const scripts = new Map<string, Script>();
  const logins = new Map<string, () => ScriptedAnswer | null>();
  const counts = new Map<string, number>();
  /** The person and whether it was used, by refresh token. */
  const tokens = new Map<string, { readonly person: string; used: boolean }>();
  let issued = 0;
  let reuses = 0;

  function grant(person: string): Readonly<Record<string, unknown>> {
    issued += 1;
    const refresh = `refresh-${issued}-${person}`;
    tokens.set(refresh, { person, used: false });
    return {
      access_token: `access-${issued}-${person}`,
      refresh_token: refresh,
      token_type: 'Bearer',
      expires_in: expiresIn,
    };
  }

  function refresh(value: string): ScriptedAnswer {
    const token = tokens.get(value);
    if (!token) return { status: 400, body: { error: 'invalid_grant' } };
    const { person } = token;
    const call = (counts.get(person) ?? 0) + 1;
    counts.set(person, call);
    const scripted = (scripts.get(person) ?? GRANT)(call);
    if (scripted !== null && typeof scripted !== 'function') return scripted;
    if (token.used) {
      reuses += 1;
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    token.used = true;
    return scripted ? scripted(grant(person)) : { status: 200, body: grant(person) };
  }

  async function answer(req: IncomingMessage): Promise<ScriptedAnswer> {
    if (req.url === '/me') {
      const person = /^Bearer access-\d+-(.+)$/.exec(req.headers.authorization ?? '')?.[1];
      return person ? { status: 200, body: { person } } : { status: 401 };
    }
    const body = (await json(req)) as { username?: string; refresh_token?: string };
    if (req.url === '/auth/refresh') return refresh(body.refresh_token ?? '');
    if (req.url !== '/auth/login') return { status: 204 };
    const person = body.username ?? '';
    const user = { id: person, name: person };
    return logins.get(person)?.() ?? { status: 200, body: { ...grant(person), user } };
  }

  const server = createServer((req, res) => {
    void answer(req).then(({ status, headers, body }) => {
      const isText = typeof body === 'string';
      res.writeHead(status, { 'Content-Type': isText ? 'text/plain' : 'application/json', ...headers });
      res.end(isText ? body : body && JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: (person) =>
      person === undefined
        ? [...counts.values()].reduce((sum, count) => sum + count, 0)
        : (counts.get(person) ?? 0),
    get reuses() {
      return reuses;
    },
    script: (person, given) => void (given ? scripts.set(person, given) : scripts.delete(person)),
    scriptLogin: (person, given) => void (given ? logins.set(person, given) : logins.delete(person)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
