import type { Reseal } from '../../server/composeServer.ts';
import type { PasswordIssuer } from '../../server/issuers/issuer.ts';
import type { Emphasis } from './histories.ts';
import { exchangeOf, type WireAnswer, type WireRequest } from './http.ts';
import type { Call, Family, Ledger } from './ledger.ts';
import type { Mutation } from './mutations.ts';
import type { Ask } from './tab.ts';

/*
 * The person steps up: a request that the API refuses for want of a new login waits, the person logs in again in a window
 * of its own, the callback runs on some instance, and the request is sent again. What is the provider's part is done by
 * the model's issuer; what the callback does with its answer is the product's.
 */

const CALLBACK = '/model/callback';
/** What the API demands for what cannot be taken back. */
export const DEMAND = 'Bearer error="insufficient_user_authentication", max_age="3"';

/** Whether the API takes a login for new. */
export const isNewLogin = (family: Family | null, nowMs: number): boolean =>
  family !== null && nowMs - family.foundedAtMs <= 3000;

/** The path of a window's last request. */
export const callbackPath = (session: string, person: string): string =>
  `${CALLBACK}?${new URLSearchParams({ session, person })}`;

export const isCallback = ({ path }: Pick<WireRequest, 'path'>): boolean => path.startsWith(CALLBACK);

/** The callback of a step-up, as `server/routes/callback.ts` does it once the code is exchanged. */
export async function stepUpOn(
  { stepUp, settings }: Reseal,
  issuer: PasswordIssuer,
  request: WireRequest,
): Promise<WireAnswer> {
  const given = new URL(request.path, 'http://localhost').searchParams;
  const answered = (problem: string, setCookies: readonly string[] = []): WireAnswer => ({
    status: 303,
    headers: {},
    setCookies,
    body: problem,
  });
  const requestId = request.headers['x-request-id'] ?? '';
  const signal = AbortSignal.timeout(settings.refreshTimeoutMs);
  const granted = await issuer.login(
    { username: given.get('person') ?? '', password: 'x' },
    { signal, requestId },
  );
  if (granted.kind !== 'granted') return answered('provider_unavailable');
  try {
    const result = await stepUp(exchangeOf(request), given.get('session') ?? '', granted);
    return result.kind === 'mismatch' ? answered('step_up_mismatch') : answered('', result.cookies);
  } catch {
    return answered('provider_unavailable');
  }
}

/** Judges step-ups: what was done under which login, and that no token from before one is presented after it. */
export class StepUps {
  private readonly ledger: Ledger;
  private readonly asks = new Map<string, Ask>();
  /** How often the API did what a request asked for. */
  private readonly done = new Map<Ask, number>();
  /** The logins that step-ups brought, by when their tokens came. */
  private readonly granted = new Map<number, Family>();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** A page sends, or sends again, what takes a new login. */
  sent(requestId: string, ask: Ask): void {
    this.asks.set(requestId, ask);
  }

  /** The issuer gave tokens for a step-up. */
  grantedAt(atMs: number, family: Family): void {
    this.granted.set(atMs, family);
  }

  /** The store has a commit; answers whether it is that of a step-up, whose login the session lives on from now on. */
  committed(session: string, refreshedAtMs: number): boolean {
    const family = this.granted.get(refreshedAtMs);
    const story = this.ledger.sessions.get(session);
    if (!family || !story) return false;
    const { ledger } = this;
    ledger.tell(`${session.slice(0, 4)} is stepped up: family ${family.id}`);
    if (family.person !== story.person)
      ledger.violate(
        'another person',
        `${session.slice(0, 4)} of ${story.person} is stepped up by ${family.person}`,
      );
    story.formerFamilies.push(story.family);
    story.family = family;
    story.steppedUpAtMs.push(ledger.time.nowMs);
    family.session = session;
    // Whatever their answers were: the store has newer tokens.
    for (const call of ledger.calls) if (call.session === session) call.recordedAtMs ??= ledger.time.nowMs;
    return true;
  }

  /** The API does what takes a new login. */
  executed(requestId: string, family: Family): void {
    const { ledger } = this;
    const ask = this.asks.get(requestId);
    if (!ask) return;
    const times = (this.done.get(ask) ?? 0) + 1;
    this.done.set(ask, times);
    if (times > 1) ledger.violate('done twice', `${requestId}: ${times} times`);
    if (ask.showed !== null && ask.showed !== family.person)
      ledger.violate('not whom the page shows', `${requestId} of ${ask.showed} is done for ${family.person}`);
  }

  /** A refresh token comes to the issuer. */
  presented(call: Call, family: Family, leaseMs: number): void {
    const { ledger } = this;
    const story = ledger.sessions.get(call.session);
    const at = story?.formerFamilies.indexOf(family) ?? -1;
    const steppedUpAtMs = story?.steppedUpAtMs[at];
    if (steppedUpAtMs === undefined || call.sentAtMs <= steppedUpAtMs) return;
    if (ledger.forgotSince(steppedUpAtMs) || ledger.leaseLost(call, leaseMs)) return;
    ledger.violate(
      'stepped back',
      `${call.token} is presented after the step-up of ${call.session.slice(0, 4)}`,
    );
  }
}

/** Step-ups among refreshes, logins, logouts, crashes and lost messages. */
export const steppingUp: Emphasis = {
  weights: { stepUp: 25, refresh: 20, request: 15, login: 5, logout: 4, expire: 10, crash: 2, stall: 1 },
  links: [
    'stepUp', 'stepUp', 'proxy', 'refresh', 'issuer.refresh', 'issuer.login', 'upstream', 'login', 'logout',
    'store.commit', 'store.acquire', 'store.read',
  ],
}; // prettier-ignore

const setup = { rotation: 'strict', sharesStore: true, says: 'truth', hasLocks: true } as const;
const few = {
  crash: 0,
  stall: 0,
  storeDown: 0,
  storeLost: 0,
  issuerDown: 0,
  mood: 0,
  force: 0,
  kill: 0,
  freezeTab: 0,
};
/** Step-ups by two people, in browsers where logins come in between. */
const byOthers: Emphasis = {
  ...steppingUp,
  weights: { ...few, stepUp: 40, refresh: 5, request: 10, login: 15, logout: 5, read: 0, render: 0 },
  setup,
};

/** Windows whose last answer comes long after another login took the session's place. */
const lateWindows: Emphasis = {
  ...byOthers,
  weights: { ...byOthers.weights, fault: 40, login: 25, refresh: 0 },
  links: ['stepUp'],
  delaysMs: [30_000, 70_000],
  setup: { ...setup, graceMs: 30_000 },
};
/** Logins in other tabs while a request waits. */
const takenOver: Emphasis = {
  ...byOthers,
  weights: { ...byOthers.weights, login: 40, refresh: 0, fault: 0 },
  pausesMs: [0, 5, 60, 150, 400, 3000],
  setup: { ...setup, tabs: 3 },
};

const STEP_UP = 'server/session/stepUp.ts';
const MODULE = 'interceptors/browser/stepUp.ts';

/** The rules of a step-up, left out. */
export const ofStepUp: readonly Mutation[] = [
  {
    name: 'step-up-person',
    rule: 'only the person whose session it is steps it up',
    edits: [
      {
        file: STEP_UP,
        from: 'if (seal?.id !== sessionId || seal.user.id !== granted.user.id) {',
        to: 'if (seal?.id !== sessionId) {',
      },
    ],
    breaks: ['another person'],
    emphasis: byOthers,
  },
  {
    name: 'step-up-session',
    rule: 'a login steps up the session that asked for it, and no other of the browser',
    edits: [
      {
        file: STEP_UP,
        from: 'if (seal?.id !== sessionId || seal.user.id !== granted.user.id) {',
        to: 'if (!seal) {',
      },
    ],
    breaks: ['another person'],
    emphasis: byOthers,
  },
  {
    name: 'step-up-cookie',
    rule: 'the answer to the window, which holds no lock, writes no cookie',
    edits: [
      {
        file: STEP_UP,
        from: 'cookies: isSaidAnew(old.seal, stepped) ? written : []',
        to: 'cookies: written',
      },
    ],
    breaks: ['logged out'],
    emphasis: lateWindows,
  },
  {
    name: 'step-up-identity',
    rule: 'a request is sent again for the session that it was made in',
    edits: [
      {
        file: MODULE,
        from: 'config.headers.set(RESEAL_HEADER, sessionId);',
        to: 'config.headers.set(RESEAL_HEADER, NO_IDENTITY);',
      },
    ],
    breaks: ['not whom the page shows'],
    emphasis: takenOver,
  },
];
