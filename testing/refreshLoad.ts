import { setTimeout as wait } from 'node:timers/promises';
import type { SessionInfo } from '../contract/user.ts';
import { Browser } from './browser.ts';
import { until, works } from './until.ts';

/** What people met while the load ran. */
export interface LoadReport {
  readonly refreshed: number;
  /** Refreshes that were answered "not now". */
  readonly postponed: number;
  /** The longest time in which one person's refreshes were all postponed, ms. */
  readonly longestWaitMs: number;
  /** Refreshes whose server died before it answered. */
  readonly cut: number;
  /** Answers that a living session must not get, by status. */
  readonly lost: readonly number[];
  /** Cookies of sessions that were ended under load, with the time at which the end was answered. */
  readonly ended: readonly { readonly cookie: string; readonly atMs: number }[];
}

export interface Load {
  refreshes(): number;
  stop(): Promise<LoadReport>;
}

const PAUSE_MS = 40;

/**
 * Lets people refresh in loops, each at a server of a list in turn; now and then one logs out and in again.
 *
 * Each loop sends one request at a time, as an engine does that waits for its answer.
 */
export async function startRefreshLoad(urls: readonly string[], people = 12): Promise<Load> {
  const found = { refreshed: 0, postponed: 0, cut: 0, longestWaitMs: 0 };
  const lost: number[] = [];
  const ended: { cookie: string; atMs: number }[] = [];
  let isRunning = true;

  async function login(url: string): Promise<Browser> {
    const browser = new Browser(url);
    await until(() => works(browser.login()), { withinMs: 30_000, what: 'a login' });
    return browser;
  }

  async function refreshUntilServed(browser: Browser, n: number, version: number): Promise<number | null> {
    const askedAtMs = Date.now();
    for (let tries = 0; isRunning; tries += 1) {
      const at = new Browser(urls[(n + tries) % urls.length]!);
      const answer = await at.refresh(version, { cookie: browser.cookie }).catch(() => null);
      if (!answer || answer.status === 502) {
        found.cut += 1;
        await wait(PAUSE_MS);
        continue;
      }
      if (answer.status === 200) {
        browser.store(answer);
        found.refreshed += 1;
        if (tries > 0) found.longestWaitMs = Math.max(found.longestWaitMs, Date.now() - askedAtMs);
        return ((await answer.json()) as SessionInfo).session.version;
      }
      await answer.arrayBuffer();
      if (answer.status !== 503) {
        lost.push(answer.status);
        return null;
      }
      found.postponed += 1;
      await wait(PAUSE_MS);
    }
    return version;
  }

  async function logout(browser: Browser): Promise<void> {
    const { cookie } = browser;
    const answer = await browser.logout().catch(() => null);
    if (answer?.status === 204) ended.push({ cookie, atMs: Date.now() });
  }

  async function live(n: number): Promise<void> {
    let browser = await login(urls[n % urls.length]!);
    let version = 1;
    for (let turn = 0; isRunning; turn += 1) {
      await wait(PAUSE_MS);
      const next = await refreshUntilServed(browser, n + turn, version);
      version = next ?? version;
      if (next !== null && turn % 10 !== 9) continue;
      if (next !== null) await logout(browser);
      browser = await login(urls[n % urls.length]!);
      version = 1;
    }
  }

  const loops = Array.from({ length: people }, (_, n) => live(n));
  await until(() => found.refreshed > people, { what: 'the load' });
  return {
    refreshes: () => found.refreshed,
    async stop() {
      isRunning = false;
      await Promise.all(loops);
      return { ...found, lost, ended };
    },
  };
}

/** Which of these cookies a server still takes for a session. */
export async function livingAmong(url: string, cookies: readonly string[]): Promise<string[]> {
  const living: string[] = [];
  for (const cookie of cookies)
    if ((await new Browser(url).whoAmI({ cookie })).status === 200) living.push(cookie);
  return living;
}
