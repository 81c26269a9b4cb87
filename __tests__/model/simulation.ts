import { Browser } from './browser.ts';
import type { History, Setup, Step } from './histories.ts';
import { baseSettings, Instance, pathOf, resourceAt, resourceSettings } from './instance.ts';
import { Isolation } from './isolation.ts';
import { SimulatedIssuer } from './issuer.ts';
import { Judge, type Arrived } from './judge.ts';
import { Ledger } from './ledger.ts';
import type { WireAnswer } from './http.ts';
import { Network } from './network.ts';
import { judgeRevocations } from './revocations.ts';
import { StoreServer } from './remoteStore.ts';
import { inVirtualSurroundings, seeded } from './surroundings.ts';
import { Tab, type Carrier } from './tab.ts';
import { VirtualTime } from './time.ts';

const REFRESH_TIMEOUT_MS = 10_000;
/** How long a lease lasts that no one prolongs (server/refresh/underLease.ts). */
const LEASE_MS = REFRESH_TIMEOUT_MS + 3000;
/** Longer than every retry and window; long enough for the grace to be over. */
const QUIET_MS = 400_000;
/** A reverse proxy's patience. */
const LONGEST_TRIP_MS = 120_000;

/** Lives through one history and returns all that happened. */
export async function live(history: History, isTold = false): Promise<Ledger> {
  const simulation = new Simulation(history.setup, isTold);
  return inVirtualSurroundings(simulation.time, simulation.random, simulation.unheard, async () => {
    await simulation.begin();
    for (const step of history.steps) {
      await simulation.time.advance(step.afterMs);
      simulation.act(step);
    }
    await simulation.end();
    return simulation.ledger;
  });
}

class Simulation {
  readonly time = new VirtualTime();
  readonly random: () => number;
  readonly ledger: Ledger;
  private readonly network: Network;
  private readonly issuer: SimulatedIssuer;
  private readonly store: StoreServer;
  private readonly judge: Judge;
  private readonly instances: Instance[];
  private readonly browsers: Browser[];
  private readonly tabs: Tab[];
  private readonly setup: Setup;
  private requests = 0;
  private hasCrashed = false;

  constructor(setup: Setup, isTold: boolean) {
    const { time } = this;
    this.setup = setup;
    this.random = seeded(setup.seed);
    this.ledger = new Ledger(time, isTold);
    const { ledger, random } = this;
    this.network = new Network(time, random);
    const { network } = this;
    const isolation = new Isolation(ledger, 1 + setup.resources);
    this.issuer = new SimulatedIssuer(setup, {
      time,
      network,
      ledger,
      isolation,
      leaseMs: LEASE_MS,
      patienceMs: REFRESH_TIMEOUT_MS,
    });
    const { issuer } = this;
    this.judge = new Judge({ ledger, issuer, isolation, settings: setup });
    const { judge } = this;
    issuer.stepUps = judge.stepUps;
    this.store = new StoreServer({ time, network, ledger, heard: (applied) => judge.applied(applied) });
    const { graceMs, proxyRefresh, resources } = setup;
    const settings = {
      ...baseSettings,
      ...resourceSettings(resources),
      refreshTimeoutMs: REFRESH_TIMEOUT_MS,
      graceMs,
      proxyRefresh,
    };
    this.instances = Array.from({ length: setup.instances }, () =>
      new Instance({
        time, network, issuer, settings,
        store: this.store,
        hooks: setup.hooks,
        sharesStore: setup.sharesStore,
        carried: (requestId, bearer, resource) => judge.carried(requestId, bearer, resource),
        executed: (requestId, family) => judge.stepUps.executed(requestId, family),
        granted: (requestId, atMs) => {
          const family = issuer.familyOfLogin(requestId);
          if (family) judge.stepUps.grantedAt(atMs, family);
        },
      }),
    ); // prettier-ignore
    const browser = (name: string) =>
      new Browser(name, { time, hasLocks: setup.hasLocks, hasCookieEvents: setup.hasCookieEvents });
    this.browsers = [browser('b0'), ...(setup.hasSecondBrowser ? [browser('b1')] : [])];
    const owners = [...Array<number>(setup.tabs).fill(0), ...(setup.hasSecondBrowser ? [1] : [])];
    this.tabs = owners.map(
      (owner, index) =>
        new Tab({
          time,
          judge,
          random,
          browser: this.browsers[owner]!,
          carry: this.carry,
          name: `tab ${index}`,
        }),
    );
  }

  /** Everyone is signed in, on every page. */
  async begin(): Promise<void> {
    for (const browser of this.browsers) {
      const own = this.tabs.filter((tab) => tab.parts.browser === browser);
      own[0]!.open();
      await this.time.advance(1000);
      own[0]!.login('ada');
      await this.time.advance(1000);
      for (const tab of own.slice(1)) tab.open();
    }
    await this.time.advance(1000);
  }

  act(step: Step): void {
    const { time, issuer, instances, tabs, ledger } = this;
    const tab = 'tab' in step ? tabs[step.tab % tabs.length]! : tabs[0]!;
    const instance = 'instance' in step ? instances[step.instance % instances.length]! : instances[0]!;
    ledger.tell(JSON.stringify(step));
    switch (step.do) {
      case 'request':
        for (let index = 0; index < step.count; index += 1)
          tab.process.deliver(() => void tab.request(this.pathOf(step.to)));
        return;
      case 'read':
        for (let index = 0; index < step.count; index += 1)
          this.read(tab.parts.browser, this.pathOf(step.to));
        return;
      case 'render':
        for (let index = 0; index < step.count; index += 1) this.render(tab);
        return;
      case 'refresh':
        return tab.process.deliver(() => tab.refresh());
      case 'login':
        return tab.process.deliver(() => tab.login(step.person));
      case 'stepUp':
        return tab.process.deliver(() => tab.stepUp(step.person));
      case 'logout':
        return tab.process.deliver(() => tab.logout(step.everywhere));
      case 'reload':
        return tab.open();
      case 'freezeTab': {
        const { process } = tab;
        process.freeze();
        return void time.in(step.ms, () => process.thaw());
      }
      case 'force':
        return tab.process.deliver(() => tab.force(step.count));
      case 'mood': {
        const { family } = ledger.sessions.get(tab.parts.browser.expected ?? '') ?? {};
        if (family) issuer.moods.set(family, { mood: step.mood, untilMs: time.nowMs + step.ms });
        return;
      }
      case 'expire':
        return issuer.expire(step.of === null ? undefined : resourceAt(this.pathOf(step.of)));
      case 'kill':
        return issuer.killAll();
      case 'fault':
        return this.network.plan(step);
      case 'issuerDown':
        issuer.down = { untilMs: time.nowMs + step.ms, how: step.how };
        return;
      case 'storeDown':
        return this.setup.sharesStore ? this.store.goDown(step.ms) : undefined;
      case 'storeLost':
        return this.setup.sharesStore ? this.store.lose() : undefined;
      case 'crash':
        this.hasCrashed = true;
        ledger.fallsAtMs.push(time.nowMs, time.nowMs + step.ms);
        instance.crash();
        return void time.in(step.ms, () => instance.restart());
      case 'stall': {
        ledger.fallsAtMs.push(time.nowMs, time.nowMs + step.ms);
        const { process } = instance;
        process.freeze();
        return void time.in(step.ms, () => process.thaw());
      }
      default:
        return step satisfies never;
    }
  }

  /** Everything heals and quiet comes; then a new page is opened in each browser, and must work. */
  async end(): Promise<void> {
    const { time, judge, ledger, issuer } = this;
    await time.advance(100_000);
    this.network.heal();
    issuer.down = { untilMs: 0, how: 'busy' };
    issuer.moods.clear();
    for (const instance of this.instances) instance.restart();
    await time.advance(QUIET_MS);
    judge.allSettled();
    judge.reads.allInvited();
    for (const [index, { process }] of this.instances.entries())
      judge.timersGone(`instance ${index}`, process.timers.size);
    for (const tab of this.tabs) {
      judge.timersGone(tab.parts.name, tab.process.timers.size);
      tab.close();
    }
    judgeRevocations(ledger, issuer, { hasCrashed: this.hasCrashed, graceMs: this.setup.graceMs });

    issuer.expire();
    for (const browser of this.browsers) {
      const { expected } = browser;
      const story = expected ? ledger.sessions.get(expected) : undefined;
      if (!story || story.end) continue;
      const probe = new Tab({
        time,
        judge,
        browser,
        random: this.random,
        carry: this.carry,
        name: 'the last page',
      });
      probe.open();
      await time.advance(1000);
      let isGood = false;
      probe.watchNext((person) => (isGood = person === story.person));
      void probe.request('/me');
      await time.advance(60_000);
      if (!isGood) judge.mustNotBeLost(story.id, browser, 'the last page does not work');
      probe.close();
    }
  }

  private pathOf(to: number): string {
    return pathOf(to, this.setup.resources);
  }

  /** The browser reads by itself: the answer's cookies count, and no page waits for it. */
  private read(browser: Browser, path: string): void {
    const order = {
      link: 'read' as const,
      method: 'GET',
      path: `/api/upstream${path}`,
      headers: { 'sec-fetch-site': 'same-origin' },
      body: '',
      browser,
    };
    const arrived = ({ setCookies }: WireAnswer) => browser.take(setCookies);
    this.carry(order, arrived, () => undefined);
  }

  /** A page of this tab is rendered on the server; then the tab lets its cookie catch up. */
  private render(tab: Tab): void {
    const { network, judge } = this;
    const { browser } = tab.parts;
    const { cookie, hint } = browser;
    const ignored = () => undefined;
    const arrive = () => {
      const alive = this.instances.filter(({ process }) => process.isAlive);
      const instance = alive[Math.floor(this.random() * alive.length)];
      if (!instance) return;
      this.requests += 1;
      const came: Arrived = {
        requestId: `render-${this.requests}`,
        link: 'render',
        browser,
        session: hint?.id ?? null,
        version: hint?.version ?? 0,
        everywhere: false,
        arrivedAtMs: this.time.nowMs,
      };
      judge.came(came);
      const { process } = instance;
      const stoodStillMs = process.stoodStillMs;
      instance.render(cookie, (rendered) => {
        this.ledger.tell(
          `${came.requestId} of ${hint?.id.slice(0, 4)}.${hint?.version} got ${rendered.status}`,
        );
        judge.handled(came, rendered, process.stoodStillMs - stoodStillMs);
        const { session } = rendered;
        const hydrate = () => session && tab.process.deliver(() => tab.catchUp(session));
        network.carry('render', 'answer', 'far', hydrate, ignored);
      });
    };
    network.carry('render', 'request', 'far', arrive, ignored);
  }

  readonly unheard = (error: unknown): void => this.judge.unheard(error);

  private readonly carry: Carrier = (order, arrived, failed) => {
    const { time, network, judge } = this;
    const { link, browser } = order;
    this.requests += 1;
    const requestId = `request-${this.requests}`;
    const { cookie, hint } = browser;
    let isOver = false;
    const once = (run: () => void) => {
      if (isOver) return;
      isOver = true;
      run();
    };
    time.in(LONGEST_TRIP_MS, () => once(failed));
    const lost = () => once(failed);
    const arrive = () => {
      const alive = this.instances.filter(({ process }) => process.isAlive);
      const instance = alive[Math.floor(this.random() * alive.length)];
      if (!instance) return void time.in(20, lost);
      const came: Arrived = {
        requestId,
        link,
        browser,
        session: hint?.id ?? null,
        version: hint?.version ?? 0,
        everywhere: order.body.includes('"everywhere":true'),
        arrivedAtMs: time.nowMs,
      };
      judge.came(came);
      const { process } = instance;
      const stoodStillMs = process.stoodStillMs;
      const headers = { ...order.headers, 'x-request-id': requestId, ...(cookie === '' ? {} : { cookie }) };
      instance.handle(
        { method: order.method, path: order.path, headers, body: order.body },
        (answer) => {
          const reason = answer.headers['x-reseal-reason'] ?? '';
          this.ledger.tell(
            `${requestId} ${link} of ${hint?.id.slice(0, 4)}.${hint?.version} (${browser.name}) is answered ${answer.status} ${reason}`,
          );
          judge.handled(came, answer, process.stoodStillMs - stoodStillMs);
          network.carry(link, 'answer', 'far', () => once(() => arrived(answer)), lost);
        },
        () => time.in(5, lost),
      );
    };
    network.carry(link, 'request', 'far', arrive, lost);
    return { requestId, session: hint?.id ?? null };
  };
}
