import type { Arrived, JudgeSettings } from './judge.ts';
import type { WireAnswer } from './http.ts';
import type { Ledger } from './ledger.ts';
import type { Link } from './network.ts';

/** How far apart two moments may be and count as one. */
const SLACK_MS = 200;
/** A request may be stalled, wait for a lease and be tried again for so long before it refreshes. */
const LONGEST_INVITATION_MS = 300_000;

/** Judges what the proxy does with a dead token, for the interceptor, for the browser's own reads and for the server's code. */
export class Reads {
  private readonly ledger: Ledger;
  private readonly settings: JudgeSettings;
  /** When a request came for each session that may refresh it. */
  private readonly invitedAtMs = new Map<string, number[]>();

  constructor({ ledger, settings }: { ledger: Ledger; settings: JudgeSettings }) {
    this.ledger = ledger;
    this.settings = settings;
  }

  /** Whether a request of this kind may refresh a dead token. */
  private mayRefresh(link: Link): boolean {
    const { proxyRefresh, resources } = this.settings;
    if (link === 'refresh' || link === 'render') return true;
    // With several tokens the proxy replaces those that the browser cannot ask for.
    if (link === 'proxy' && resources > 0) return true;
    return link === 'read' ? proxyRefresh !== 'never' : link === 'proxy' && proxyRefresh === 'always';
  }

  came({ session, link, arrivedAtMs }: Arrived): void {
    if (!session || !this.mayRefresh(link)) return;
    this.invitedAtMs.set(session, [...(this.invitedAtMs.get(session) ?? []), arrivedAtMs]);
  }

  /** An answer of the upstream: it writes no cookie, and is no 401 for a token that could be refreshed on the way. */
  handled({ link, session, arrivedAtMs }: Arrived, answer: WireAnswer, stoodStillMs: number): void {
    const { ledger, settings } = this;
    const story = session ? ledger.sessions.get(session) : undefined;
    if (answer.setCookies.some((line) => !/^[^=]+=(;|$)/.test(line)))
      ledger.violate('writes a cookie', `${link} of ${session?.slice(0, 4)}`);
    if (link === 'render' && answer.status === 200 && story) {
      const { person } = JSON.parse(answer.body) as { person: string };
      if (person !== story.person)
        ledger.violate('another person', `a page of ${story.person} is rendered for ${person}`);
    }
    if (link === 'proxy' || !this.mayRefresh(link) || answer.headers['x-reseal-reason'] !== 'token_expired')
      return;
    const isMoot =
      !story || !!story.end || story.isEnding || !story.family.alive || // no such promise
      settings.says !== 'truth' || // no one could know that the newest token is dead
      stoodStillMs > 0 ||
      ledger.time.nowMs - arrivedAtMs > settings.accessTtlMs / 4 || // it may have died on its way
      ledger.expiredAtMs.some((atMs) => atMs >= arrivedAtMs - SLACK_MS) ||
      ledger.storeFailedSince(arrivedAtMs) ||
      ledger.forgotSince(story.startedAtMs) ||
      this.isLate(story.id); // prettier-ignore
    if (!isMoot) ledger.violate('request lost', `a ${link} is answered 401, and a refresh would have helped`);
  }

  /** Whether the newest pair was so long on its way from the issuer that its life is not what it is taken for. */
  private isLate(session: string): boolean {
    const newest = this.ledger.calls.findLast(
      (call) => call.session === session && call.recordedAtMs !== null,
    );
    return newest !== undefined && newest.recordedAtMs! - newest.sentAtMs > this.settings.accessTtlMs / 4;
  }

  /** At the end: each refresh had a request that may refresh. */
  allInvited(): void {
    for (const { session, sentAtMs } of this.ledger.calls) {
      const isInvited = this.invitedAtMs
        .get(session)
        ?.some((atMs) => atMs <= sentAtMs && sentAtMs - atMs <= LONGEST_INVITATION_MS);
      if (!isInvited)
        this.ledger.violate(
          'refreshed uninvited',
          `${session.slice(0, 4)} is refreshed, and no request asked for it`,
        );
    }
  }
}
