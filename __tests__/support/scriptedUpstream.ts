import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

type Answer = (
  req: IncomingMessage,
  body: Readonly<Record<string, unknown>>,
) => ScriptedAnswer | 'hang' | 'drop';

export interface ScriptedAnswer {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An upstream in password mode whose answers the test writes, by path. */
export interface ScriptedUpstream {
  readonly url: string;
  /** Changes how a path is answered from now on. */
  answer(path: string, how: Answer): void;
  /** Every path is answered as at the start again. */
  reset(): void;
  close(): Promise<void>;
}

const NOTHING: ScriptedAnswer = { status: 200, body: {} };

let tokens = 0;

/** A token response with tokens like no other's. */
export function tokenAnswer(extra: object = {}): ScriptedAnswer {
  tokens += 1;
  const body = {
    access_token: `access-${tokens}`,
    refresh_token: `refresh-${tokens}`,
    expires_in: 300,
    ...extra,
  };
  return { status: 200, body };
}

/** Starts it; logins and refreshes succeed until `answer` says otherwise, every other path answers 200. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const ordinary: readonly (readonly [string, Answer])[] = [
    [
      '/auth/login',
      (_, { username }) => tokenAnswer({ user: { id: `id-${String(username)}`, name: 'Ada' } }),
    ],
    ['/auth/refresh', () => tokenAnswer()],
    ['/auth/logout', () => ({ status: 200, body: {} })],
  ];
  const answers = new Map(ordinary);
  const listener: RequestListener = async (req, res) => {
    const body = (await json(req).catch(() => ({}))) as Readonly<Record<string, unknown>>;
    const path = (req.url ?? '').split('?')[0] ?? '';
    const answer = answers.get(path)?.(req, body) ?? NOTHING;
    if (answer === 'hang') return;
    if (answer === 'drop') return void req.socket.destroy();
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    res.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers }).end(text);
  };
  const server = createServer((req, res) => void listener(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (path, how) => void answers.set(path, how),
    reset: () => {
      answers.clear();
      for (const [path, how] of ordinary) answers.set(path, how);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
