import {
  AxiosError,
  AxiosHeaders,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Hint } from '../../contract/hint.ts';
import type { Note } from '../../contract/notes.ts';
import { PROBLEMS, type ProblemCode } from '../../contract/problem.ts';
import type { PersonSession } from '../../contract/sessions.ts';
import type { SessionInfo } from '../../contract/user.ts';

/** One call as the backend received it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly identity: string;
  readonly body: unknown;
  readonly config: InternalAxiosRequestConfig;
}

interface Answer {
  readonly status: number;
  readonly data?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Session {
  readonly id: string;
  readonly userId: string;
  version: number;
  /** The access token of this version is good. */
  fresh: boolean;
}

const PEOPLE = {
  ada: { id: 'user-ada', name: 'Ada Lovelace', password: 'lovelace' },
  grace: { id: 'user-grace', name: 'Grace Hopper', password: 'hopper' },
} as const;
type Username = keyof typeof PEOPLE;

/** An answer of the contract. */
export function problem(code: ProblemCode, headers: Record<string, string> = {}): Answer {
  const { status, detail } = PROBLEMS[code];
  return {
    status,
    data: { type: 'about:blank', code, status, detail },
    headers: { 'x-reseal-reason': code, ...headers },
  };
}

/** The app's server and its upstream as one axios adapter: sessions, versions, notes, and answers to order. */
export class Backend {
  readonly calls: Call[] = [];
  readonly notes: Record<string, Note[]> = { 'user-ada': [], 'user-grace': [] };
  /** The session that the browser's cookie names. */
  jar: Session | null = null;
  expiresInMs: number | null = 600_000;
  private readonly scripted: { route: string; answer: (call: Call) => Answer | Promise<Answer> }[] = [];
  /** The person's sessions elsewhere. */
  elsewhere: PersonSession[] = [];
  /** What the list says of this session beyond its id. */
  own: Partial<PersonSession> = {};
  private logins = 0;
  private changes = 0;

  /** Answers the next call of a route, say `POST /api/user`, in the test's own way. */
  next(route: string, answer: (call: Call) => Answer | Promise<Answer>): void {
    this.scripted.push({ route, answer });
  }

  count(route: string): number {
    return this.calls.filter(({ method, path }) => `${method} ${path}` === route).length;
  }

  /** Logs in as if in another tab: the jar changes, this page gets no event. */
  login(username: Username): SessionInfo {
    this.logins += 1;
    this.jar = { id: `s${this.logins}`, userId: PEOPLE[username].id, version: 1, fresh: true };
    return this.info();
  }

  /** The access token dies. */
  expire(): void {
    if (this.jar) this.jar.fresh = false;
  }

  hint(): Hint | null {
    return this.jar && { id: this.jar.id, version: this.jar.version };
  }

  info(): SessionInfo {
    if (!this.jar) throw new Error('there is no session');
    const { id, userId, version } = this.jar;
    const { name } = Object.values(PEOPLE).find((person) => person.id === userId) ?? PEOPLE.ada;
    return {
      user: { id: userId, name },
      session: { id, version, expiresInMs: this.expiresInMs, endsInMs: 86_400_000 },
    };
  }

  readonly adapter: AxiosAdapter = async (config) => {
    const call: Call = {
      method: (config.method ?? 'get').toUpperCase(),
      path: config.url ?? '',
      identity: String(AxiosHeaders.from(config.headers).get('x-reseal')),
      body: typeof config.data === 'string' ? JSON.parse(config.data) : config.data,
      config,
    };
    this.calls.push(call);
    const index = this.scripted.findIndex(({ route }) => route === `${call.method} ${call.path}`);
    const [order] = index < 0 ? [] : this.scripted.splice(index, 1);
    return deliver(await abortable(order ? order.answer(call) : this.answer(call), config), config);
  };

  /** What the backend answers when nothing else was ordered. */
  answer(call: Call): Answer {
    const { method, path, body, identity } = call;
    if (path.startsWith('/api/') && identity !== '1' && identity !== this.jar?.id)
      return problem(this.jar ? 'session_changed' : 'no_session');
    switch (`${method} ${path}`) {
      case 'GET /api/user':
        return this.jar ? { status: 200, data: this.info() } : problem('no_session');
      case 'POST /api/user':
        if (!this.jar) return problem('no_session');
        Object.assign(this.jar, { version: this.jar.version + 1, fresh: true });
        return { status: 200, data: this.info() };
      case 'POST /api/login': {
        const { username, password } = body as { username: Username; password: string };
        if (PEOPLE[username]?.password !== password) return problem('invalid_credentials');
        return { status: 200, data: this.login(username) };
      }
      case 'POST /api/logout':
        this.jar = null;
        return { status: 204 };
      case 'GET /api/sessions': {
        if (!this.jar) return problem('no_session');
        const device = { browser: null, system: null };
        const own: PersonSession = { id: this.jar.id, current: true, device, loggedInAgoMs: 0, refreshedAgoMs: 0, ...this.own }; // prettier-ignore
        return { status: 200, data: { sessions: [own, ...this.elsewhere] } };
      }
      default:
        if (path.startsWith('/api/sessions/') && method === 'PATCH') {
          const { name } = body as { name: string };
          if (path.endsWith(`/${this.jar?.id}`)) this.own = { ...this.own, name };
          this.elsewhere = this.elsewhere.map((one) =>
            path.endsWith(`/${one.id}`) ? { ...one, name } : one,
          );
          return { status: 204 };
        }
        if (path.startsWith('/api/sessions/')) {
          const rest = this.elsewhere.filter(({ id }) => !path.endsWith(`/${id}`));
          const isThere = rest.length < this.elsewhere.length;
          this.elsewhere = rest;
          return isThere ? { status: 204 } : problem('not_found');
        }
        return this.upstream(call);
    }
  }

  private upstream({ method, path, body, config }: Call): Answer {
    if (!this.jar) return problem('no_session');
    if (!this.jar.fresh) return problem('token_expired', { 'x-reseal-version': String(this.jar.version) });
    const mine = (this.notes[this.jar.userId] ??= []);
    const [, id, rest] = /^\/api\/upstream\/notes\/([^/]+)(\/attachment)?$/.exec(path) ?? [];
    const index = mine.findIndex((note) => note.id === id);
    const { text = '' } = (body ?? {}) as { text?: string };
    if (path === '/api/upstream/notes' && method === 'GET')
      return { status: 200, data: { notes: [...mine] } };
    if (path === '/api/upstream/notes' && method === 'DELETE') {
      mine.length = 0;
      return { status: 204 };
    }
    if (path === '/api/upstream/notes') {
      const note = { id: `n${mine.length + 1}`, text, updatedAt: '2026-11-23T08:00:00Z', attachment: null };
      mine.push(note);
      return { status: 201, data: note };
    }
    const note = mine[index];
    if (!note) return { status: path.includes('/notes') ? 404 : 200, data: {} };
    if (rest) mine[index] = { ...note, attachment: { name: 'file.txt', type: 'text/plain', sizeBytes: 4 } };
    else if (method === 'PATCH') {
      const ifMatch = AxiosHeaders.from(config.headers).get('If-Match');
      if (ifMatch && ifMatch !== `"${note.updatedAt}"`) return { status: 412, data: { error: 'changed' } };
      this.changes += 1;
      const updatedAt = new Date(Date.parse(note.updatedAt) + this.changes).toISOString();
      mine[index] = { ...note, text, updatedAt };
    } else if (method === 'DELETE') mine.splice(index, 1);
    return { status: 200, data: mine[index] ?? null };
  }
}

function deliver(
  { status, data = '', headers = {} }: Answer,
  config: InternalAxiosRequestConfig,
): AxiosResponse {
  const response: AxiosResponse = { status, statusText: '', data, headers, config };
  if (config.validateStatus?.(status) ?? true) return response;
  throw new AxiosError(
    `Request failed with status code ${status}`,
    'ERR_BAD_REQUEST',
    config,
    null,
    response,
  );
}

function abortable<T>(answer: T | Promise<T>, { signal }: InternalAxiosRequestConfig): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new AxiosError('canceled', 'ERR_CANCELED'));
    if (signal?.aborted) return abort();
    signal?.addEventListener?.('abort', abort);
    Promise.resolve(answer).then(resolve, reject);
  });
}

/** A network that is not there. */
export const offline = () => Promise.reject<never>(new AxiosError('Network Error', 'ERR_NETWORK'));
