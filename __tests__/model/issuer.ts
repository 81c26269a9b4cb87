import type {
  CallOptions,
  LoginAnswer,
  PasswordIssuer,
  RefreshAnswer,
  RefreshOptions,
} from '../../server/issuers/issuer.ts';
import type { TokenPair } from '../../server/session/record.ts';
import { failureOfAnswer } from '../../server/issuers/failure.ts';
import type { Heard, Isolation, Mood } from './isolation.ts';
import type { Call, Family, Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import type { StepUps } from './stepUp.ts';
import type { Process, VirtualTime } from './time.ts';

export interface IssuerSettings {
  /** `strict`: a used token kills its family; `lenient`: it is refused; `none`: tokens stay. */
  readonly rotation: 'strict' | 'lenient' | 'none';
  readonly accessTtlMs: number;
  /** What `expires_in` says: the truth, nothing, or ten times too much. */
  readonly says: 'truth' | 'nothing' | 'lies';
  /** Whether an access token outlives its family: a JWT that no one looks up. */
  readonly selfContained: boolean;
}

interface Token {
  readonly family: Family;
  isUsed: boolean;
  isRefused: boolean;
}

interface Access {
  readonly family: Family;
  /** The URI of the resource that it is for; `null` for a session's own. */
  readonly resource: string | null;
  readonly expiresAtMs: number;
  /** Until when the server that got it takes it for good: an answer may be long on its way. */
  trustedUntilMs: number;
}

/** Who a bearer is: what the upstream sees. */
export interface Bearer {
  readonly family: Family | null;
  readonly resource: string | null;
  /** Until when the server that got it takes it for good. */
  readonly trustedUntilMs: number;
  readonly isGood: boolean;
}

const NEVER_ANSWERS_MS = 600_000;

/** An issuer that rotates and revokes, with the API that believes its tokens. */
export class SimulatedIssuer {
  readonly families: Family[] = [];
  /** Down until then, and how it fails in the meantime. */
  down: { readonly untilMs: number; readonly how: 'busy' | 'reset' | 'hangs' | Mood } = {
    untilMs: 0,
    how: 'busy',
  };
  /** How it treats the refreshes of single families, and until when. */
  readonly moods = new Map<Family, { readonly mood: Mood; readonly untilMs: number }>();
  private readonly tokens = new Map<string, Token>();
  private readonly accesses = new Map<string, Access>();
  /** How often it was asked in vain to revoke a token. */
  readonly failedTries = new Map<string, number>();
  private readonly familyOfRequest = new Map<string, Family>();
  private readonly settings: IssuerSettings;
  private readonly time: VirtualTime;
  private readonly network: Network;
  private readonly ledger: Ledger;
  private readonly isolation: Isolation;
  private readonly leaseMs: number;
  private readonly patienceMs: number;
  private issued = 0;

  constructor(
    settings: IssuerSettings,
    parts: {
      time: VirtualTime;
      network: Network;
      ledger: Ledger;
      isolation: Isolation;
      leaseMs: number;
      patienceMs: number;
    },
  ) {
    this.settings = settings;
    this.time = parts.time;
    this.network = parts.network;
    this.ledger = parts.ledger;
    this.isolation = parts.isolation;
    this.leaseMs = parts.leaseMs;
    this.patienceMs = parts.patienceMs;
  }

  /** Judges tokens from before a step-up; the judge brings it. */
  stepUps?: StepUps;

  familyOfLogin(requestId: string): Family | undefined {
    return this.familyOfRequest.get(requestId);
  }

  /** Kills access tokens before their time: all, or those for one resource. */
  expire(resource?: string | null): void {
    this.ledger.expiredAtMs.push(this.time.nowMs);
    for (const [token, access] of this.accesses)
      if (resource === undefined || access.resource === resource) this.accesses.delete(token);
  }

  /** Ends every session at the issuer, of its own accord. */
  killAll(): void {
    for (const family of this.families) this.kill(family, 'its own accord');
  }

  judge(accessToken: string): Bearer {
    const access = this.accesses.get(accessToken);
    if (!access) return { family: null, resource: null, trustedUntilMs: 0, isGood: false };
    const { family, resource, expiresAtMs, trustedUntilMs } = access;
    const isGood = expiresAtMs > this.time.nowMs && (this.settings.selfContained || family.alive);
    return { family, resource, trustedUntilMs, isGood };
  }

  /** Tells whether someone who holds its newest token could go on. */
  isRefreshable(family: Family): boolean {
    const token = this.tokens.get(family.newest);
    return family.alive && !!token && !token.isRefused;
  }

  /** The issuer as one process reaches it. */
  asSeenBy(process: Process): PasswordIssuer {
    return {
      login: (credentials, options) => this.login(process, credentials.username, options),
      refresh: (token, options) => this.refresh(process, token, options),
      revoke: (pair, options) => this.revoke(process, pair, options),
    };
  }

  /** One exchange of messages; `null` where it failed. */
  private ask<T>(
    process: Process,
    on: 'issuer.refresh' | 'issuer.login' | 'issuer.revoke',
    signal: AbortSignal,
    judge: () => T,
    fate?: { over: (isLost: boolean) => void; abandoned: () => void },
  ): Promise<T | 'busy' | Mood | null> {
    return new Promise((resolve) => {
      const settle = (answer: T | 'busy' | Mood | null) => process.deliver(() => resolve(answer));
      signal.addEventListener('abort', () => {
        fate?.abandoned();
        settle(null);
      });
      const fail = () => {
        fate?.over(true);
        settle(null);
      };
      const arrive = () => {
        const isDown = this.down.untilMs > this.time.nowMs;
        if (isDown && this.down.how === 'hangs') return void this.time.in(NEVER_ANSWERS_MS, fail);
        if (isDown && this.down.how === 'reset') return void this.time.in(20, fail);
        const answer = isDown ? (this.down.how as 'busy' | Mood) : judge();
        const back = () => {
          fate?.over(false);
          settle(answer);
        };
        this.network.carry(on, 'answer', 'far', back, fail);
      };
      this.network.carry(on, 'request', 'far', arrive, fail);
    });
  }

  private async login(
    process: Process,
    person: string,
    { signal, requestId }: CallOptions,
  ): Promise<LoginAnswer> {
    const judge = () => {
      const family: Family = {
        id: this.families.length + 1,
        person,
        session: null,
        foundedAtMs: this.time.nowMs,
        alive: true,
        newest: '',
      };
      this.families.push(family);
      if (requestId) this.familyOfRequest.set(requestId, family);
      return this.issue(family, null);
    };
    const sentAtMs = this.time.nowMs;
    const answer = await this.ask(process, 'issuer.login', signal, judge);
    if (answer === null || typeof answer === 'string') return failureFor(answer);
    this.isolation.heard(null, 'granted', sentAtMs);
    return { kind: 'granted', pair: this.received(answer), user: { id: person, name: person } };
  }

  private async refresh(
    process: Process,
    value: string,
    { signal, params }: RefreshOptions,
  ): Promise<RefreshAnswer> {
    const resource = params?.['resource'] ?? null;
    const token = this.tokens.get(value)!;
    const call: Call = {
      token: value,
      session: token.family.session ?? '?',
      process,
      sentAtMs: this.time.nowMs,
      arrived: false,
      outcome: null,
      over: false,
      lost: false,
      abandoned: false,
      recordedAtMs: null,
    };
    const answer = await this.ask(
      process,
      'issuer.refresh',
      signal,
      () => this.present(call, token, resource),
      {
        over: (isLost) => {
          call.over = true;
          call.lost = isLost;
        },
        // Six times its callers' patience. Anyone who gives up earlier has no excuse.
        abandoned: () => void (call.abandoned = this.time.nowMs - call.sentAtMs >= 6 * this.patienceMs),
      },
    );
    const { session, sentAtMs } = call;
    if (answer !== null && typeof answer !== 'string') {
      this.isolation.heard(session, 'granted', sentAtMs);
      return { kind: 'granted', pair: this.received(answer) };
    }
    const failure: RefreshAnswer = answer === 'refused' ? { kind: 'refused' } : failureFor(answer);
    // A resource that is rejected says nothing about the session.
    if (failure.kind !== 'rejected' || resource === null)
      this.isolation.heard(session, failure.kind as Heard, sentAtMs);
    return failure;
  }

  private present(call: Call, token: Token, resource: string | null): Issued | 'refused' | Mood {
    const { ledger, leaseMs } = this;
    const { family } = token;
    ledger.tell(
      `${call.token} of ${call.session.slice(0, 4)} is presented${resource === null ? '' : ` for ${resource}`}`,
    );
    this.stepUps?.presented(call, family, leaseMs);
    for (const other of ledger.calls) {
      if (other.session !== call.session || !other.arrived) continue;
      const isSpent =
        other.token === call.token &&
        (other.outcome === 'refused' || (token.isUsed && other.outcome === 'rotated'));
      const isAtOnce = !other.over;
      if (!isSpent && !isAtOnce) continue;
      // A call that its process gave up, or died of, may come after the one that took its place.
      const { diedAtMs } = call.process;
      const isLate = call.abandoned || (diedAtMs !== null && this.isPastPause(diedAtMs));
      const why = isLate
        ? 'a call came late that no one waits for'
        : ledger.unforeseeable(other, call, leaseMs);
      if (why) ledger.excuse(`presented twice: ${why}`);
      else
        ledger.violate(
          isSpent ? 'presented twice' : 'two at once',
          `${call.token} (${other.outcome}), ${family.person}`,
        );
    }
    this.isolation.presented(call.session);
    const mood = this.moods.get(family);
    if (mood && mood.untilMs > this.time.nowMs) return mood.mood;
    call.arrived = true;
    ledger.calls.push(call);
    if (!family.alive || token.isUsed) {
      if (token.isUsed && this.settings.rotation === 'strict') this.kill(family, 'reuse');
      token.isRefused = true;
      call.outcome = 'refused';
      return 'refused';
    }
    if (this.settings.rotation === 'none') {
      call.outcome = 'unused';
      return this.issue(family, resource, call.token);
    }
    token.isUsed = true;
    call.outcome = 'rotated';
    return this.issue(family, resource);
  }

  /** A lease outlives its dead holder by the pause, unless the store forgot it. */
  private isPastPause(diedAtMs: number): boolean {
    return this.time.nowMs - diedAtMs > this.patienceMs || this.ledger.forgotSince(diedAtMs);
  }

  private async revoke(
    process: Process,
    { refreshToken }: TokenPair,
    { signal }: CallOptions,
  ): Promise<void> {
    const token = this.tokens.get(refreshToken ?? '');
    const judge = () => {
      this.ledger.tell(`${refreshToken} is to be revoked`);
      // Revoking a used token is not judged: it reaches no other token (P6).
      if (!token || token.isUsed) return true;
      const story = this.ledger.sessions.get(token.family.session ?? '');
      if (
        token.family.alive &&
        story &&
        !story.end &&
        !story.isEnding &&
        !this.ledger.storeFailedSince(this.time.nowMs - 10_000)
      )
        this.ledger.violate('logged out', `${refreshToken} is revoked, though no one logged out`);
      this.kill(token.family, 'revocation');
      return true;
    };
    const answer = await this.ask(process, 'issuer.revoke', signal, judge);
    if (answer === true) return;
    if (refreshToken) this.failedTries.set(refreshToken, (this.failedTries.get(refreshToken) ?? 0) + 1);
    throw new Error('The revocation did not come through.');
  }

  private kill(family: Family, why: string): void {
    if (family.alive) this.ledger.tell(`family ${family.id} of ${family.person} is revoked: ${why}`);
    family.alive = false;
  }

  private issue(family: Family, resource: string | null, kept?: string): Issued {
    this.issued += 1;
    const refreshToken = kept ?? `R${family.id}.${this.issued}`;
    const accessToken = `A${family.id}.${this.issued}`;
    if (!kept) this.tokens.set(refreshToken, { family, isUsed: false, isRefused: false });
    family.newest = refreshToken;
    const expiresAtMs = this.time.nowMs + this.settings.accessTtlMs;
    this.accesses.set(accessToken, { family, resource, expiresAtMs, trustedUntilMs: expiresAtMs });
    return { accessToken, refreshToken };
  }

  /** What a server makes of the answer when it comes. */
  private received({ accessToken, refreshToken }: Issued): TokenPair {
    const { says, accessTtlMs } = this.settings;
    const { nowMs } = this.time;
    const access = this.accesses.get(accessToken);
    if (access) access.trustedUntilMs = nowMs + accessTtlMs;
    const saidMs = says === 'nothing' ? null : says === 'lies' ? 10 * accessTtlMs : accessTtlMs;
    return {
      accessToken,
      refreshToken,
      expiresAtMs: saidMs === null ? null : nowMs + saidMs,
      refreshedAtMs: nowMs,
    };
  }
}

/** What the server's own reading makes of an answer without tokens; `null` where none came. */
function failureFor(answer: 'busy' | Mood | null): Exclude<RefreshAnswer, { kind: 'granted' }> {
  const said = { endpoint: 'refresh' as const, status: 503, body: null, retryAfterMs: null };
  switch (answer) {
    case null:
      return { kind: 'transient', cause: null, retryAfterMs: null };
    case 'busy':
      return failureOfAnswer(said);
    case 'rejects':
      return failureOfAnswer({ ...said, status: 400, body: { error: 'interaction_required' } });
    case 'throttles':
      return failureOfAnswer({ ...said, status: 429, retryAfterMs: 120_000 });
    case 'refusesClient':
      return failureOfAnswer({ ...said, status: 401, body: { error: 'invalid_client' } });
  }
}

interface Issued {
  readonly accessToken: string;
  readonly refreshToken: string;
}
