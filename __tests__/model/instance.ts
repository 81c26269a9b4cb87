import { readSettings, type Settings } from '../../server/settings/fromEnv.ts';
import { createLog } from '../../server/ops/log.ts';
import { composeServer, type Reseal } from '../../server/composeServer.ts';
import type { SessionInfo } from '../../contract/user.ts';
import { hooksOf, type HookKind } from './hostHooks.ts';
import { answerOf, exchangeOf, type WireAnswer, type WireRequest } from './http.ts';
import type { Bearer, SimulatedIssuer } from './issuer.ts';
import type { Family } from './ledger.ts';
import type { Network } from './network.ts';
import type { StoreServer } from './remoteStore.ts';
import { DEMAND, isCallback, isNewLogin, stepUpOn } from './stepUp.ts';
import { Process, type VirtualTime } from './time.ts';

const silent = createLog('silent');

const baseVariables = {
  NODE_ENV: 'production',
  UPSTREAM_URL: 'http://upstream.test',
  UPSTREAM_PATHS: '/me',
  SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
  APP_URL: 'http://localhost:3000',
};
export const baseSettings: Settings = readSettings(baseVariables);

export interface InstanceParts {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly issuer: SimulatedIssuer;
  readonly store: StoreServer;
  readonly sharesStore: boolean;
  readonly settings: Settings;
  readonly hooks: HookKind;
  /** Hears that the API did what takes a new login. */
  readonly executed: (requestId: string, family: Family) => void;
  /** Hears of the tokens that a step-up brought. */
  readonly granted: (requestId: string, atMs: number) => void;
  /** Hears which bearer a request was carried upstream with. */
  readonly carried: (requestId: string, bearer: Bearer, resource: string | null) => void;
}

/** The resource whose tokens a path below the upstream takes; `null` for sessions' own. */
export const resourceAt = (path: string): string | null => {
  const [, name = ''] = path.split('/');
  return name === 'me' ? null : `https://${name}.test`;
};

/** The path of an upstream: the default one, or one of so many with a resource. */
export const pathOf = (to: number, resources: number): string => {
  const at = to % (resources + 1);
  return at === 0 ? '/me' : `/r${at}/me`;
};

/** The settings of so many upstreams with a resource each. */
export function resourceSettings(resources: number): Partial<Settings> {
  if (resources === 0) return {};
  const each = Array.from({ length: resources }, (_, at) => [
    [`UPSTREAM_R${at + 1}_URL`, 'http://upstream.test'],
    [`UPSTREAM_R${at + 1}_PATHS`, `/r${at + 1}`],
    [`UPSTREAM_R${at + 1}_TOKEN`, 'user'],
    [`UPSTREAM_R${at + 1}_RESOURCE`, `https://r${at + 1}.test`],
  ]);
  const oidc = { OIDC_ISSUER: 'https://id.test', OIDC_CLIENT_ID: 'reseal', OIDC_CLIENT_SECRET: 'secret' };
  const { upstreams } = readSettings({
    ...baseVariables,
    ...oidc,
    ...(Object.fromEntries(each.flat()) as Record<string, string>),
  });
  return { upstreams };
}

/** One instance of the real server. It can be killed, started again and stopped in its tracks. */
export class Instance {
  process: Process;
  private runtime: Reseal;
  private readonly parts: InstanceParts;

  constructor(parts: InstanceParts) {
    this.parts = parts;
    this.process = new Process(parts.time);
    this.runtime = this.boot();
  }

  private boot(): Reseal {
    const { issuer, store, sharesStore, settings, hooks } = this.parts;
    const { process } = this;
    const upstream = {
      dispatch: (order: UpstreamOrder, handler: UpstreamHandler) =>
        this.callUpstream(process, order, handler),
    };
    return composeServer(settings, {
      ...hooksOf(hooks, process.clock),
      clock: process.clock,
      log: silent,
      store: store.asSeenBy(process, sharesStore),
      issuer: issuer.asSeenBy(process),
      upstream: upstream as unknown as Reseal['upstream'],
      // Counting failed logins is no part of the protocol, and its timers are real.
      throttle: { attempt: async () => ({ settle: async () => undefined }) },
    });
  }

  crash(): void {
    this.process.die();
    if (!this.parts.sharesStore) this.parts.store.lose();
  }

  restart(): void {
    if (this.process.isAlive) return;
    this.process = new Process(this.parts.time);
    this.runtime = this.boot();
  }

  /** Renders a page: a server component calls upstream for the cookie's session, then reads the session. */
  render(cookie: string, answered: (rendered: Rendered) => void): void {
    const { process, runtime } = this;
    if (!process.isAlive) return;
    const request = { headers: { cookie } };
    const work = async (): Promise<Rendered> => {
      const response = await runtime.upstreamFetch('/me', {}, request);
      const body = await response.text();
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        setCookies: response.headers.getSetCookie(),
        body,
        session: await runtime.getSession(cookie),
      };
    };
    process.deliver(() => void work().then((rendered) => process.isAlive && answered(rendered)));
  }

  /** Handles a request; `answered` hears the answer the moment the handler has written it, `reset` that the process died. */
  handle(request: WireRequest, answered: (answer: WireAnswer) => void, reset: () => void): void {
    const { process, runtime } = this;
    if (!process.isAlive) return reset();
    let isDone = false;
    const once = (run: () => void) => () => {
      if (isDone) return;
      isDone = true;
      run();
    };
    process.onDeath(once(reset));
    process.deliver(() => {
      const answering = isCallback(request)
        ? this.stepUp(request)
        : runtime.handle(exchangeOf(request)).then(answerOf);
      void answering.then((answer) => once(() => answered(answer))());
    });
  }

  /** Runs the callback of a step-up. */
  private stepUp(request: WireRequest): Promise<WireAnswer> {
    const own = this.parts.issuer.asSeenBy(this.process);
    const login: typeof own.login = async (credentials, options) => {
      const answer = await own.login(credentials, options);
      if (answer.kind === 'granted') this.parts.granted(options.requestId ?? '', answer.pair.refreshedAtMs);
      return answer;
    };
    return stepUpOn(this.runtime, { ...own, login }, request);
  }

  /** Answers a dispatched call, as undici would. */
  private callUpstream(
    process: Process,
    { path, headers, method }: UpstreamOrder,
    handler: UpstreamHandler,
  ): boolean {
    const { network, issuer } = this.parts;
    const field = (name: string) => headers[headers.indexOf(name) + 1] ?? '';
    let isOver = false;
    const once = (run: () => void) => {
      if (isOver) return;
      isOver = true;
      run();
    };
    const fail = (error: Error) => once(() => handler.onResponseError(controller, error));
    const controller = { resume: () => undefined, pause: () => undefined, abort: fail };
    const lost = () => process.deliver(() => fail(new Error('The upstream could not be reached.')));
    const answer = (status: number, head: Readonly<Record<string, string>>, body: string) => {
      const deliver = () =>
        once(() => {
          handler.onResponseStart(controller, status, head);
          if (body !== '') handler.onResponseData(controller, Buffer.from(body));
          handler.onResponseEnd(controller);
        });
      network.carry('upstream', 'answer', 'near', () => process.deliver(deliver), lost);
    };
    const arrive = () => {
      const bearer = issuer.judge(field('Authorization').slice('Bearer '.length));
      this.parts.carried(field('X-Request-Id'), bearer, resourceAt(path));
      if (!bearer.isGood || bearer.resource !== resourceAt(path))
        return answer(401, { 'www-authenticate': 'Bearer error="invalid_token"' }, '');
      const takesNewLogin = method === 'DELETE';
      if (takesNewLogin && !isNewLogin(bearer.family, this.parts.time.nowMs))
        return answer(401, { 'www-authenticate': DEMAND }, '');
      if (takesNewLogin) this.parts.executed(field('X-Request-Id'), bearer.family!);
      answer(200, { 'content-type': 'application/json' }, JSON.stringify({ person: bearer.family?.person }));
    };
    handler.onRequestStart(controller);
    network.carry('upstream', 'request', 'near', arrive, lost);
    return true;
  }
}

/** What a server component got: the upstream's answer, and the session after it. */
export interface Rendered extends WireAnswer {
  readonly session: SessionInfo | null;
}

interface UpstreamOrder {
  readonly path: string;
  readonly method?: string;
  readonly headers: readonly string[];
}

interface UpstreamController {
  resume(): void;
  pause(): void;
  abort(error: Error): void;
}

/** What the proxy uses of undici's dispatch handler. */
interface UpstreamHandler {
  onRequestStart(controller: UpstreamController): void;
  onResponseStart(
    controller: UpstreamController,
    status: number,
    headers: Readonly<Record<string, string>>,
  ): void;
  onResponseData(controller: UpstreamController, chunk: Buffer): void;
  onResponseEnd(controller: UpstreamController): void;
  onResponseError(controller: UpstreamController, error: Error): void;
}
