import type { AxiosError } from 'axios';
import { REASON_HEADER } from '../../contract/headers.ts';
import type { SessionInfo } from '../../contract/user.ts';
import { HOOK_MS } from '../../server/hooks.ts';
import { personKey } from '../../server/session/record.ts';
import type { Browser } from './browser.ts';
import type { Setup } from './histories.ts';
import type { WireAnswer } from './http.ts';
import type { Bearer, IssuerSettings, SimulatedIssuer } from './issuer.ts';
import type { Isolation } from './isolation.ts';
import { isOutOfReach, type Ledger, type SessionStory } from './ledger.ts';
import type { Link } from './network.ts';
import { Reads } from './reads.ts';
import type { Applied } from './remoteStore.ts';
import { StepUps } from './stepUp.ts';
import type { Ask, Tab } from './tab.ts';

/** What the engine promises by default, and what a server adds at most. */
const REFRESH_MS = 30_000;
const SLACK_MS = 200;
/** How long the server may take over its own routes, in any weather: timeouts of issuer and store, patience with a revocation. */
const LONGEST_MS: Partial<Record<Link, number>> = { who: 2000, refresh: 12_000, login: 16_000, logout: 8000 };

/** What the promises depend on. */
export type JudgeSettings = Pick<Setup, keyof IssuerSettings | 'proxyRefresh' | 'hooks' | 'resources'>;

/** A request that came to some instance, by what its cookies say. */
export interface Arrived {
  readonly requestId: string;
  readonly link: Link;
  readonly session: string | null;
  readonly version: number;
  readonly everywhere: boolean;
  readonly arrivedAtMs: number;
  readonly browser: Browser;
}

interface Pending {
  readonly tab: Tab;
  readonly process: Tab['process'];
  readonly what: string;
  readonly sinceMs: number;
}

/** Holds what happens against what was promised. */
export class Judge {
  private readonly ledger: Ledger;
  private readonly issuer: SimulatedIssuer;
  private readonly isolation: Isolation;
  private readonly settings: JudgeSettings;
  private readonly pending = new Set<Pending>();
  private readonly arrivals = new Map<string, Arrived>();
  private readonly bearers = new Map<string, Bearer>();
  private readonly refreshedAtMs = new Map<string, number>();
  /** How long the last answer to a refresh was on its way. */
  private readonly lagMs = new Map<string, number>();
  readonly reads: Reads;
  readonly stepUps: StepUps;
  private readonly raised: { readonly person: string; readonly atMs: number }[] = [];

  constructor(parts: {
    ledger: Ledger;
    issuer: SimulatedIssuer;
    isolation: Isolation;
    settings: JudgeSettings;
  }) {
    this.isolation = parts.isolation;
    this.ledger = parts.ledger;
    this.issuer = parts.issuer;
    this.settings = parts.settings;
    this.reads = new Reads(parts);
    this.stepUps = new StepUps(parts.ledger);
  }

  // --- what the server does

  applied({ op, process, args, result }: Applied): void {
    const [id] = args;
    const isDeath = op === 'end' && args[1] === 'dead';
    const next = args[1] as { readonly refreshedAtMs?: number } | undefined;
    if (
      op === 'commit' &&
      result === 'committed' &&
      this.stepUps.committed(String(id), next?.refreshedAtMs ?? 0)
    )
      return;
    if (op === 'commit' || isDeath) {
      const call = this.ledger.calls.findLast(
        (one) => one.session === id && one.process === process && (one.outcome === 'refused') === isDeath,
      );
      if (call) call.recordedAtMs ??= this.ledger.time.nowMs;
      this.ledger.tell(
        `the store has: ${op} of ${String(id).slice(0, 4)} → ${isDeath ? 'dead' : String(result)}`,
      );
    }
    if (op === 'end' && args[1] === 'rejected') return this.rejected(String(id));
    const ending = op === 'end' && !isDeath ? this.ledger.sessions.get(String(id)) : undefined;
    if (ending) ending.isEnding = true;
    if (op !== 'raiseEpoch') return;
    const raised = [...this.ledger.sessions.values()].filter(({ person }) => personKey(person) === id);
    for (const story of raised) story.isEnding = true;
    if (raised[0]) this.raised.push({ person: raised[0].person, atMs: this.ledger.time.nowMs });
  }

  /** A session was ended because the issuer rejects it: only with proof. */
  private rejected(id: string): void {
    const story = this.ledger.sessions.get(id);
    if (!story || story.end || story.isEnding) return;
    story.isEnding = true;
    if (this.isolation.isProven(id)) this.ledger.excuse('logged out: rejected again and again');
    else this.ledger.violate('logged out', `${story.person} of ${id.slice(0, 4)}: rejected, without proof`);
  }

  /** A refresh that failed for now: its own session's trouble, or weather, must be the reason. */
  private heldOff(session: string, arrivedAtMs: number): void {
    const { ledger } = this;
    const { nowMs } = ledger.time;
    const isWeather =
      nowMs - arrivedAtMs > 2000 ||
      ledger.storeFailedSince(arrivedAtMs - 30_000) ||
      ledger.calls.some(
        (call) =>
          call.session === session && (!call.over || (isOutOfReach(call) && nowMs - call.sentAtMs < 90_000)),
      ) ||
      ledger.hasFallen(arrivedAtMs - 90_000);
    if (!isWeather && !this.isolation.mayBeHeldOff(session))
      ledger.violate('held off for another', `${session.slice(0, 4)} is refused a refresh`);
  }

  came(arrived: Arrived): void {
    this.arrivals.set(arrived.requestId, arrived);
    this.reads.came(arrived);
    const leaving =
      arrived.link === 'logout' && arrived.session ? this.ledger.sessions.get(arrived.session) : undefined;
    if (leaving) leaving.isEnding = true;
  }

  carried(requestId: string, bearer: Bearer, resource: string | null): void {
    this.bearers.set(requestId, bearer);
    if (bearer.family !== null && bearer.resource !== resource)
      this.ledger.violate(
        'another resource',
        `${requestId}: a token of ${bearer.resource} came to ${resource}`,
      );
    const arrived = this.arrivals.get(requestId);
    if (!arrived || !bearer.isGood) return;
    const story = arrived.session ? this.ledger.sessions.get(arrived.session) : undefined;
    if (!story) return;
    if (bearer.family !== story.family && !story.formerFamilies.includes(bearer.family!))
      this.ledger.violate('another person', `${requestId} went under another session's token`);
    this.worked(story, arrived);
  }

  private worked(story: SessionStory, { arrivedAtMs, link }: Arrived): void {
    if (!story.end || arrivedAtMs <= story.end.atMs) return;
    const text = `${link} of ${story.id.slice(0, 4)}, ${arrivedAtMs - story.end.atMs} ms after ${story.end.why}`;
    if (!story.end.certain) this.ledger.excuse('works after logout: the store failed during the logout');
    else if (this.ledger.storeFailedSince(arrivedAtMs))
      this.ledger.excuse('works after logout: read without the store');
    else if (this.ledger.forgotSince(story.startedAtMs))
      this.ledger.excuse('works after logout: the store lost its memory');
    else this.ledger.violate('works after logout', text);
  }

  /** An instance has written its answer: from now on it is answerable for it. */
  handled(arrived: Arrived, answer: WireAnswer, stoodStillMs: number): void {
    const { ledger } = this;
    const { link, session, arrivedAtMs, requestId } = arrived;
    const certain = !ledger.storeFailedSince(arrivedAtMs);
    if (link === 'login' && answer.status === 200) {
      const info = JSON.parse(answer.body) as SessionInfo;
      const family = this.issuer.familyOfLogin(requestId)!;
      family.session = info.session.id;
      const { id } = info.session;
      ledger.sessions.set(id, {
        id,
        person: info.user.name,
        family,
        formerFamilies: [],
        steppedUpAtMs: [],
        startedAtMs: arrivedAtMs,
        answeredAtMs: ledger.time.nowMs,
        isEnding: false,
        end: null,
      });
      ledger.tell(`${info.user.name} is logged in as ${id.slice(0, 4)}, family ${family.id}`);
      if (session) ledger.endSession(session, arrived.version, 'replaced', certain);
    }
    if (link === 'logout' && answer.status === 204 && session) {
      const story = ledger.sessions.get(session);
      ledger.endSession(session, arrived.version, 'logout', certain);
      const raise = this.raised.find(({ person, atMs }) => person === story?.person && atMs >= arrivedAtMs);
      for (const other of ledger.sessions.values())
        if (arrived.everywhere && raise && other.person === story?.person && other.answeredAtMs < arrivedAtMs)
          ledger.endSession(other.id, 0, 'everywhere', certain);
    }
    if (link === 'refresh' && answer.status >= 500 && session && stoodStillMs === 0)
      this.heldOff(session, arrivedAtMs);
    if (link === 'refresh' && answer.status === 200) {
      const story = session ? ledger.sessions.get(session) : undefined;
      if (story) this.worked(story, arrived);
      if (session) this.refreshedAtMs.set(session, ledger.time.nowMs);
    }
    if (link === 'login' && answer.status === 403)
      ledger.violate('login refused', 'the issuer granted it, and a hook failed');
    if (link === 'proxy' || link === 'read' || link === 'render')
      this.reads.handled(arrived, answer, stoodStillMs);
    if (link === 'render' && answer.status === 200 && session && ledger.sessions.get(session))
      this.worked(ledger.sessions.get(session)!, arrived);
    const tookMs = ledger.time.nowMs - arrivedAtMs - stoodStillMs;
    const hooksMs = link === 'login' && this.settings.hooks !== 'none' ? 2 * HOOK_MS : 0;
    if (tookMs - hooksMs > (LONGEST_MS[link] ?? Infinity))
      ledger.violate('unsettled', `${link} took the server ${Math.round(tookMs)} ms`);
  }

  // --- what the browser sees

  cookiesTaken(browser: Browser, link: Link, answer: WireAnswer): void {
    if (link === 'login' && answer.status === 200)
      browser.expected = (JSON.parse(answer.body) as SessionInfo).session.id;
    if (link === 'logout' && answer.status === 204) browser.expected = null;
    const refreshed = link === 'refresh' && answer.status === 200 ? browser.hint?.id : undefined;
    if (refreshed)
      this.lagMs.set(refreshed, this.ledger.time.nowMs - (this.refreshedAtMs.get(refreshed) ?? 0));
  }

  /** The page says that no one is signed in any more. */
  signedOut(tab: Tab): void {
    if (tab.shows) this.mustNotBeLost(tab.shows.session, tab.parts.browser, `${tab.parts.name} shows it`);
  }

  /** The engine says that only a new login can help. */
  engineEnded(tab: Tab): void {
    this.signedOut(tab);
    const { browser } = tab.parts;
    if (browser.hint && browser.hint.id !== tab.shows?.session && browser.hint.id === browser.expected)
      this.mustNotBeLost(
        browser.hint.id,
        browser,
        `${tab.parts.name} takes the end of another session for its own`,
      );
  }

  /** Why this session may be lost to this browser; reports a violation where nothing says that it may. */
  mustNotBeLost(id: string, browser: Browser, text: string): void {
    const { ledger } = this;
    const story = ledger.sessions.get(id);
    if (!story || story.end || story.isEnding || !this.issuer.isRefreshable(story.family)) return;
    const newest = ledger.calls.findLast((call) => call.session === id && call.outcome === 'rotated');
    const why =
      newest && newest.recordedAtMs === null && isOutOfReach(newest)
        ? 'no one holds the newest token'
        : this.wasRaisedDuring(story)
          ? 'everywhere, while logging in'
          : ledger.forgotSince(story.startedAtMs)
            ? 'the store lost its memory'
            : browser.isUnordered && browser.hasGoneBack(id)
              ? 'without the lock'
              : null;
    // Lost is lost: what follows from it is no second loss.
    story.isEnding = true;
    if (why) ledger.excuse(`logged out: ${why}`);
    else ledger.violate('logged out', `${story.person} of ${id.slice(0, 4)}: ${text}`);
  }

  /** Whether someone signed out everywhere while this login was under way: it is one of those that were ended. */
  private wasRaisedDuring({ person, startedAtMs, answeredAtMs }: SessionStory): boolean {
    return this.raised.some(
      (one) => one.person === person && one.atMs >= startedAtMs && one.atMs <= answeredAtMs,
    );
  }

  answered(tab: Tab, ask: Ask, person: string): void {
    this.settledInTime(tab, ask);
    if (ask.showed !== null && ask.showed !== person)
      this.ledger.violate(
        'not whom the page shows',
        `${tab.parts.name} showed ${ask.showed}, the answer is ${person}'s`,
      );
  }

  refused(tab: Tab, ask: Ask, error: unknown): void {
    this.settledInTime(tab, ask);
    const { response, code } = error as AxiosError;
    this.ledger.tell(`${tab.parts.name} has a request refused: ${code}`);
    const [first, last] = ask.trips;
    if (!first || !last || response?.status !== 401 || code?.startsWith('ERR_SESSION')) return;
    if (
      String(response.headers[REASON_HEADER.toLowerCase()]) !== 'token_expired' ||
      this.settings.says !== 'truth'
    )
      return;
    const { ledger } = this;
    const story = last.session ? ledger.sessions.get(last.session) : undefined;
    const bearer = this.bearers.get(last.requestId);
    const isMoot =
      !story || !!story.end || story.isEnding || !bearer || !story.family.alive || // no such promise
      code?.startsWith('ERR_REFRESH') ||
      bearer.family === null || // killed before its time
      bearer.trustedUntilMs > last.fromMs ||
      bearer.trustedUntilMs > Math.max(first.untilMs ?? 0, this.refreshedAtMs.get(story.id) ?? 0) || // it died on its way
      ledger.expiredAtMs.some((atMs) => atMs >= first.fromMs - SLACK_MS) ||
      (this.lagMs.get(story.id) ?? 0) > this.settings.accessTtlMs / 2 ||
      this.wasDeadOnArrival(story.id, bearer) ||
      ledger.storeFailedSince(ask.sinceMs) ||
      ledger.forgotSince(story.startedAtMs) ||
      tab.process.stoodStillMs > ask.stoodStillMs ||
      (first.untilMs ?? 0) - first.fromMs > this.settings.accessTtlMs / 2; // prettier-ignore
    if (!isMoot)
      ledger.violate(
        'request lost',
        `${tab.parts.name}: the replay carried a token dead for ${Math.round(last.fromMs - bearer.trustedUntilMs)} ms`,
      );
  }

  /** Whether the newest pair died on its way from the issuer: `expires_in` counts from when the answer comes. */
  private wasDeadOnArrival(session: string, { trustedUntilMs }: Bearer): boolean {
    const newest = this.ledger.calls.findLast(
      (call) => call.session === session && call.recordedAtMs !== null,
    );
    return (newest?.recordedAtMs ?? 0) >= trustedUntilMs && (newest?.sentAtMs ?? Infinity) < trustedUntilMs;
  }

  // --- that everything ends

  expectSettled(tab: Tab, what: string, promise: Promise<unknown>): void {
    const entry: Pending = { tab, process: tab.process, what, sinceMs: this.ledger.time.nowMs };
    this.pending.add(entry);
    const over = () => void this.pending.delete(entry);
    promise.then(over, over);
  }

  private settledInTime(tab: Tab, ask: Ask): void {
    const { nowMs } = this.ledger.time;
    const onTheWayMs = ask.trips.reduce((sum, { fromMs, untilMs }) => sum + (untilMs ?? nowMs) - fromMs, 0);
    const stoodStillMs = tab.process.stoodStillMs - ask.stoodStillMs;
    const waitedMs = nowMs - ask.sinceMs - onTheWayMs - stoodStillMs;
    if (waitedMs > REFRESH_MS * 1.1 + SLACK_MS)
      this.ledger.violate('unsettled', `${tab.parts.name}: a request waited ${waitedMs} ms`);
  }

  refreshSettled(tookMs: number): void {
    if (tookMs > REFRESH_MS + SLACK_MS) this.ledger.violate('unsettled', `a refresh took ${tookMs} ms`);
  }

  /** At the end, with everything healed and five minutes gone by. */
  allSettled(): void {
    for (const { tab, process, what, sinceMs } of this.pending) {
      if (!process.isAlive) continue;
      this.ledger.violate(
        'unsettled',
        `${tab.parts.name}: ${what}, for ${this.ledger.time.nowMs - sinceMs} ms`,
      );
    }
  }

  /** A promise was rejected and no one heard it. */
  unheard(error: unknown): void {
    this.ledger.violate('unsettled', `no one hears of: ${(error as Error).message}`);
  }

  timersGone(name: string, timers: number): void {
    if (timers > 0) this.ledger.violate('unsettled', `${name} has ${timers} timers left`);
  }
}
