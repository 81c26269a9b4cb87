import type { Scheduler } from 'fast-check';
import type { Clock } from '../../../server/clock.ts';
import { newBoxKey } from '../../../server/store/tokenBox.ts';
import { createCooldown } from '../../../server/refresh/cooldown.ts';
import type { SealedSession, TokenPair } from '../../../server/session/record.ts';
import type { SessionStore } from '../../../server/store/contracts.ts';
import { createEndSession } from '../../../server/session/end.ts';
import type { Issuer, RefreshAnswer } from '../../../server/issuers/issuer.ts';
import { createLog } from '../../../server/ops/log.ts';
import { createMetrics } from '../../../server/ops/metrics.ts';
import { createCoordinator } from '../../../server/refresh/coordinator.ts';
import { createRevoker } from '../../../server/refresh/revoke.ts';
import { createSessions } from '../../../server/session/resolve.ts';
import { troubledStore } from './troubledStore.ts';

const HOUR_MS = 3_600_000;
const REFRESH_TIMEOUT_MS = 10_000;
const log = createLog('silent');
const metrics = createMetrics();

/** Someone with one browser, whose jar holds one seal. */
export interface Person {
  readonly name: string;
  jar: SealedSession;
  loggedOut: 'no' | 'going' | 'gone';
}

/** A clock that goes on to whatever is due next, when the scheduler says so. */
class SteppingClock implements Clock {
  private readonly timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  private nowMs = Date.UTC(2026, 10, 23);
  private ids = 0;

  now(): number {
    return this.nowMs;
  }

  setTimeout(run: () => void, ms: number): number {
    this.ids += 1;
    this.timers.set(this.ids, { atMs: this.nowMs + ms, run });
    return this.ids;
  }

  clearTimeout(handle: unknown): void {
    this.timers.delete(handle as number);
  }

  jump(ms: number): void {
    this.nowMs += ms;
  }

  step(): void {
    const [next] = [...this.timers].sort(([a, one], [b, other]) => one.atMs - other.atMs || a - b);
    if (!next) return;
    this.timers.delete(next[0]);
    this.nowMs = Math.max(this.nowMs, next[1].atMs);
    next[1].run();
  }
}

/** People, instances and a clock, of which the scheduler says who moves next. */
export class ScheduledCluster {
  readonly clock = new SteppingClock();
  readonly people: Person[] = [];
  readonly instances: Instance[] = [];
  private readonly scheduler: Scheduler;
  private storeCalls = 0;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  /** Waits for one's turn. */
  turn(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label);
  }

  /** Waits for one's turn at the store: no time passes in the meantime, for a store answers within its bound (§5.9). */
  async storeTurn(label: string): Promise<void> {
    this.storeCalls += 1;
    await this.turn(label);
    this.storeCalls -= 1;
  }

  async run(story: () => Promise<void>): Promise<void> {
    let isOver = false;
    const pass = async (): Promise<void> => {
      while (!isOver) {
        await this.turn('time');
        if (this.storeCalls === 0) this.clock.step();
      }
    };
    const told = story().finally(() => (isOver = true));
    void pass();
    await this.scheduler.waitFor(told);
  }
}

/** An issuer that rotates, and revokes the family as soon as a token is used twice. */
export class ScheduledIssuer implements Issuer {
  /** Whether the next call fails before it is looked at. */
  fails = (): boolean => false;
  reuses = 0;
  /** Revocations on their way: no one waits for them long. */
  revoking = 0;
  private readonly cluster: ScheduledCluster;
  private readonly families = new Map<string, { newest: number; lives: boolean }>();

  constructor(cluster: ScheduledCluster) {
    this.cluster = cluster;
  }

  login(name: string): Person {
    this.families.set(name, { newest: 1, lives: true });
    const jar: SealedSession = {
      id: `session-of-${name}`,
      version: 1,
      user: { id: name, name },
      pair: this.pairOf(name, 1),
      boxKey: newBoxKey(),
      epoch: 0,
      createdAtMs: this.cluster.clock.now(),
    };
    return { name, jar, loggedOut: 'no' };
  }

  lives(name: string): boolean {
    return this.families.get(name)?.lives === true;
  }

  async refresh(refreshToken: string): Promise<RefreshAnswer> {
    await this.cluster.turn(`${refreshToken} travels`);
    const answer = this.take(refreshToken);
    await this.cluster.turn(`${refreshToken} is answered`);
    return answer;
  }

  /** Ends the family of the newest token only: to revoke a used one is to revoke nothing (P6). @see RFC 7009 */
  async revoke({ refreshToken }: TokenPair): Promise<void> {
    this.revoking += 1;
    await this.cluster.turn(`${refreshToken} is revoked`);
    this.revoking -= 1;
    const [name = '', number] = (refreshToken ?? '').split('/');
    const family = this.families.get(name);
    if (family?.newest === Number(number)) family.lives = false;
  }

  private take(refreshToken: string): RefreshAnswer {
    if (this.fails()) return { kind: 'transient', cause: new Error('bad luck'), retryAfterMs: null };
    const [name = '', number] = refreshToken.split('/');
    const family = this.families.get(name);
    if (!family?.lives) return { kind: 'refused' };
    if (family.newest !== Number(number)) {
      this.reuses += 1;
      family.lives = false;
      return { kind: 'refused' };
    }
    family.newest += 1;
    return { kind: 'granted', pair: this.pairOf(name, family.newest) };
  }

  private pairOf(name: string, number: number): TokenPair {
    const now = this.cluster.clock.now();
    const token = `${name}/${number}`;
    return { accessToken: token, refreshToken: token, expiresAtMs: now + HOUR_MS, refreshedAtMs: now };
  }
}

/** The real coordinator, as one process of several has it, over a store whose every answer takes its turn. */
export class Instance {
  readonly sessions;
  readonly coordinator;
  readonly endSession;

  constructor(cluster: ScheduledCluster, memory: SessionStore, issuer: Issuer) {
    const { clock } = cluster;
    const { store, trouble } = troubledStore(memory);
    trouble.before = (call) => cluster.storeTurn(`${call} travels`);
    trouble.after = (call) => cluster.storeTurn(`${call} is answered`);
    const settings = { idleMs: 24 * HOUR_MS, maxMs: 240 * HOUR_MS, graceMs: HOUR_MS };
    this.sessions = createSessions({ store, clock, settings, log, metrics });
    const revoke = createRevoker({ issuer, clock, log, metrics });
    const cooldown = createCooldown(store, clock);
    const { sessions } = this;
    this.endSession = createEndSession({ store, sessions, revoke, clock, log, maxMs: settings.maxMs });
    this.coordinator = createCoordinator({
      issuer,
      sessions,
      store,
      cooldown,
      revoke,
      clock,
      log,
      metrics,
      refreshTimeoutMs: REFRESH_TIMEOUT_MS,
    });
  }
}
