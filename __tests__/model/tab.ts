import axios, { AxiosError, AxiosHeaders, CanceledError, type AxiosAdapter, type AxiosInstance } from 'axios';
import type { SessionInfo } from '../../contract/user.ts';
import { attachStepUp } from '../../interceptors/browser/stepUp.ts';
import { createReauth } from '../../interceptors/reauth.ts';
import type { ReauthEvent } from '../../interceptors/reauthEvents.ts';
import type { Reauth } from '../../interceptors/reauthOptions.ts';
import { createUserService, type UserService } from '../../services/user.ts';
import type { Browser } from './browser.ts';
import type { WireAnswer } from './http.ts';
import type { Judge } from './judge.ts';
import type { Link } from './network.ts';
import { callbackPath, isCallback } from './stepUp.ts';
import { Process, type VirtualTime } from './time.ts';

/** A request of the page, with the trips that it took. */
export interface Ask {
  readonly id: string;
  readonly sinceMs: number;
  readonly stoodStillMs: number;
  /** Whom the page showed when it asked. */
  readonly showed: string | null;
  readonly trips: {
    readonly requestId: string;
    readonly fromMs: number;
    untilMs: number | null;
    session: string | null;
  }[];
}

/** What carries a tab's request to some instance and back. */
export interface Carrier {
  (
    order: {
      readonly link: Link;
      readonly method: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly browser: Browser;
    },
    arrived: (answer: WireAnswer) => void,
    failed: () => void,
  ): { readonly requestId: string; readonly session: string | null };
}

export interface TabParts {
  readonly time: VirtualTime;
  readonly browser: Browser;
  readonly judge: Judge;
  readonly carry: Carrier;
  readonly random: () => number;
  readonly name: string;
}

/** A page in a browser: the real engine and service over axios, composed as `store/browserHalf.ts` composes them. */
export class Tab {
  readonly parts: TabParts;
  process!: Process;
  /** Who the page says is signed in. */
  shows: { readonly person: string; readonly session: string } | null = null;
  private http!: AxiosInstance;
  private engine!: Reauth;
  private user!: UserService;
  private doubts = 0;
  private asks = 0;
  private logsInAgain = '';
  private heardAnswer: (person: string) => void = () => undefined;
  private readonly asked = new Map<string, Ask>();

  constructor(parts: TabParts) {
    this.parts = parts;
  }

  /** Loads the page; a page that is there already is left. */
  open(): void {
    const { browser, time, judge, random } = this.parts;
    this.process?.die();
    this.process = new Process(time);
    const { process } = this;
    this.shows = null;
    this.http = axios.create({ adapter: this.adapterOf(process), headers: { 'X-Reseal': '1' } });
    this.user = createUserService(this.http);
    this.engine = createReauth({
      refresh: (call) => this.user.refresh(call),
      whoAmI: (call) => this.user.whoAmI(call),
      readHint: () => browser.hint,
      watchHint: (look) => browser.watch(process, look),
      lock: browser.lockOf(process),
      onEvent: (event) => this.hear(event),
      clock: process.clock,
      storage: browser.storage,
      random,
    });
    const { engine } = this;
    const detach = engine.attach(this.http);
    const detachStepUp = attachStepUp(this.http, {
      authenticate: ({ sessionId }) => this.logInAgain(process, sessionId),
    });
    process.onDeath(() => {
      detach();
      detachStepUp();
      engine.dispose();
    });
    judge.expectSettled(this, 'the page load', this.follow());
  }

  close(): void {
    this.process?.die();
  }

  /** Sends a request of the page's own. */
  request(path: string): Promise<void> {
    const { judge, time } = this.parts;
    this.asks += 1;
    const ask: Ask = {
      id: String(this.asks),
      sinceMs: time.nowMs,
      stoodStillMs: this.process.stoodStillMs,
      showed: this.shows?.person ?? null,
      trips: [],
    };
    this.asked.set(ask.id, ask);
    const answer = this.http
      .get<{ person: string }>(`/api/upstream${path}`, { headers: { 'X-Ask': ask.id } })
      .then(
        ({ data }) => {
          this.heardAnswer(data.person);
          judge.answered(this, ask, data.person);
        },
        (error: unknown) => judge.refused(this, ask, error),
      );
    judge.expectSettled(this, 'a request', answer);
    return answer;
  }

  /** Sends what takes a new login; `person` is who logs in again for it. */
  stepUp(person: string): void {
    const { judge, time } = this.parts;
    this.logsInAgain = person;
    this.asks += 1;
    const ask: Ask = {
      id: `step-up-${this.asks}`,
      sinceMs: time.nowMs,
      stoodStillMs: this.process.stoodStillMs,
      showed: this.shows?.person ?? null,
      trips: [],
    };
    this.asked.set(ask.id, ask);
    const answer = this.http.delete('/api/upstream/me', { headers: { 'X-Ask': ask.id } });
    judge.expectSettled(this, 'a step-up', answer);
  }

  /** The login in a window of its own, and what `store/demo/stepUp.ts` does after it. */
  private async logInAgain(process: Process, sessionId: string): Promise<boolean> {
    const { browser, carry } = this.parts;
    const problem = await new Promise<string>((resolve) => {
      const path = callbackPath(sessionId, this.logsInAgain);
      const order = { link: 'stepUp', method: 'GET', path, headers: {}, body: '', browser } as const;
      const arrived = ({ setCookies, body }: WireAnswer) => {
        // The window is not the page: its cookies count, whatever has become of the page.
        browser.take(setCookies);
        process.deliver(() => resolve(body));
      };
      carry(order, arrived, () => process.deliver(() => resolve('lost')));
    });
    if (problem !== '') return false;
    const { engine, user } = this;
    const writeNewest = async () => {
      const info = await user.refresh({ staleVersion: 0 });
      if (engine.session().id === info.session.id) engine.loggedIn(info);
    };
    await engine.exclusive(writeNewest).catch(() => undefined);
    return true;
  }

  /** Hears whose answer the requests of this page get. */
  watchNext(hear: (person: string) => void): void {
    this.heardAnswer = hear;
  }

  refresh(): void {
    const { judge, time } = this.parts;
    const { process } = this;
    const sinceMs = time.nowMs;
    const before = process.stoodStillMs;
    const over = () => judge.refreshSettled(time.nowMs - sinceMs - (process.stoodStillMs - before));
    judge.expectSettled(this, 'a refresh', this.engine.refresh().then(over, over));
  }

  /** Asks the server to refresh, so many times in turn, whatever the engine would say: a client that is not ours. */
  force(count: number): void {
    const { browser, judge } = this.parts;
    const raw = axios.create({
      adapter: this.adapterOf(this.process),
      headers: { 'X-Reseal': '1', 'Content-Type': 'application/json' },
    });
    // It takes no lock: its answers overtake those of the page.
    browser.isForced = true;
    const work = async () => {
      for (let n = 0; n < count; n += 1) await raw.post('/api/user', '{}').catch(() => undefined);
    };
    judge.expectSettled(this, 'forced refreshes', work());
  }

  /** As `browserHalf.catchUp` does with the session of a page that the server rendered. */
  catchUp(info: SessionInfo): void {
    const { browser, judge } = this.parts;
    const behind = () => {
      const { hint } = browser;
      return hint?.id === info.session.id && hint.version < info.session.version ? hint.version : null;
    };
    if (info.session.id !== this.shows?.session) return;
    this.engine.loggedIn(info);
    if (this.engine.state !== 'idle' || behind() === null) return;
    const work = this.engine.exclusive(async () => {
      const staleVersion = behind();
      if (staleVersion !== null) this.engine.loggedIn(await this.user.refresh({ staleVersion }));
    });
    judge.expectSettled(this, 'catching up', work);
  }

  /** As the `login` thunk does. */
  login(person: string): void {
    const work = async () => {
      const info = await this.engine.exclusive(() => this.user.login({ username: person, password: 'x' }));
      this.engine.loggedIn(info);
      this.show(info);
    };
    this.parts.judge.expectSettled(this, 'a login', work());
  }

  /** As the `logout` thunk does. */
  logout(everywhere: boolean): void {
    const work = async () => {
      const sessionId = this.shows?.session;
      await this.engine.exclusive(() => this.user.logout({ everywhere, sessionId }));
      this.engine.loggedOut();
      this.show(null);
    };
    this.parts.judge.expectSettled(this, 'a logout', work());
  }

  private show(info: SessionInfo | null): void {
    this.doubts += 1;
    this.shows = info && { person: info.user.name, session: info.session.id };
  }

  /** As the `fetchUser` thunk does: asks who is signed in, and believes it unless a login came in between. */
  private async follow(): Promise<void> {
    const doubt = ++this.doubts;
    const { process, engine } = this;
    try {
      const info = await this.user.whoAmI();
      if (doubt !== this.doubts || process !== this.process) return;
      engine.loggedIn(info);
      this.show(info);
    } catch (error) {
      const isOver = (error as AxiosError).response?.status === 401;
      if (!isOver || doubt !== this.doubts || process !== this.process) return;
      this.parts.judge.signedOut(this);
      if (this.shows) engine.loggedOut();
      this.show(null);
    }
  }

  private hear(event: ReauthEvent): void {
    switch (event.type) {
      case 'sessionEnded':
        this.parts.judge.engineEnded(this);
        return this.show(null);
      case 'sessionChanged':
        return this.parts.judge.expectSettled(this, 'a second look', this.follow());
      case 'hintLost':
      case 'sessionRenewed':
        if (this.parts.browser.hint?.id !== this.shows?.session)
          this.parts.judge.expectSettled(this, 'a second look', this.follow());
        return;
      default:
        return;
    }
  }

  private adapterOf(process: Process): AxiosAdapter {
    const { browser, carry, time } = this.parts;
    return (config) =>
      new Promise((resolve, reject) => {
        const path = config.url ?? '';
        const method = (config.method ?? 'get').toUpperCase();
        const headers = lowerCased(config.headers);
        let isOver = false;
        const settle = (run: () => void) => {
          if (isOver) return;
          isOver = true;
          if (trip) trip.untilMs = time.nowMs;
          process.deliver(run);
        };
        const order = {
          link: linkOf(method, path),
          method,
          path,
          headers,
          body: String(config.data ?? ''),
          browser,
        };
        const arrived = (answer: WireAnswer) => {
          if (isOver || !process.isAlive) return;
          // The browser keeps the cookies, even while the page stands still.
          browser.take(answer.setCookies);
          this.parts.judge.cookiesTaken(browser, order.link, answer);
          settle(() => {
            const response = {
              data: answer.body,
              status: answer.status,
              statusText: '',
              headers: AxiosHeaders.from(answer.headers),
              config,
            };
            if (config.validateStatus?.(answer.status)) return resolve(response);
            reject(
              new AxiosError(`status ${answer.status}`, AxiosError.ERR_BAD_REQUEST, config, null, response),
            );
          });
        };
        const failed = () =>
          settle(() => reject(new AxiosError('Network Error', AxiosError.ERR_NETWORK, config)));
        if (config.signal?.aborted) return reject(new CanceledError(undefined, config));
        config.signal?.addEventListener?.('abort', () => {
          settle(() => reject(new CanceledError(undefined, config)));
        });
        const { requestId, session } = carry(order, arrived, failed);
        const ask = this.asked.get(headers['x-ask'] ?? '');
        const trip = ask ? { requestId, fromMs: time.nowMs, untilMs: null as number | null, session } : null;
        if (ask && trip) ask.trips.push(trip);
        if (ask && method === 'DELETE') this.parts.judge.stepUps.sent(requestId, ask);
      });
  }
}

function lowerCased(headers: AxiosHeaders): Record<string, string> {
  const entries = Object.entries(headers.toJSON()).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function linkOf(method: string, path: string): Link {
  if (isCallback({ path })) return 'stepUp';
  if (path === '/api/login') return 'login';
  if (path === '/api/logout') return 'logout';
  if (path !== '/api/user') return 'proxy';
  return method === 'GET' ? 'who' : 'refresh';
}
