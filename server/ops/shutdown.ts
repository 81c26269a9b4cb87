import type { Server } from 'node:http';
import { sleep, within } from '../clock.ts';
import type { Reseal } from '../composeServer.ts';

const CLOSE_IDLE_EVERY_MS = 50;
/** An issuer call stays open six times the callers' wait; what surrounds it needs a little more. */
const CALL_OUTLASTS_CALLERS = 6;
const MARGIN_MS = 5000;

/**
 * Prepares a server process for its end: it finishes what runs before it exits.
 *
 * First it only looks closed: `/api/health?ready` answers 503 and connections are not kept, so that balancers turn
 * away while everything is still served (`SHUTDOWN_DELAY_MS`). Then it accepts no more, and what runs may finish
 * (`SHUTDOWN_TIMEOUT_MS`; streams are cut off then), while WebSockets are closed at once: their clients reconnect elsewhere. Last it waits for refreshes in flight: the answer that is on
 * its way may be the only copy of a new token.
 *
 * @see https://nextjs.org/docs/app/guides/self-hosting#graceful-shutdowns
 */
export function createShutdown(runtime: Reseal, servers: ReadonlySet<Server> = new Set()) {
  const { clock, log, settings } = runtime;
  let stopped: Promise<void> | undefined;

  async function closeServers(): Promise<void> {
    runtime.sockets.closeAll();
    const closed = [...servers].map((server) => new Promise((resolve) => server.close(resolve)));
    // A connection that was busy a moment ago is idle now, and would be kept for the next request.
    const closeIdle = setInterval(() => {
      for (const server of servers) server.closeIdleConnections();
    }, CLOSE_IDLE_EVERY_MS);
    await within(clock, settings.shutdownTimeoutMs, Promise.all(closed), null);
    clearInterval(closeIdle);
    for (const server of servers) server.closeAllConnections();
  }

  async function carryThrough(delayMs: number): Promise<void> {
    runtime.lifecycle.draining = true;
    log.info({ delayMs }, 'stopping: requests and refreshes that run are finished first');
    await sleep(clock, delayMs);
    await closeServers();
    const boundMs = CALL_OUTLASTS_CALLERS * settings.refreshTimeoutMs + MARGIN_MS;
    const done = await within(
      clock,
      boundMs,
      runtime.close().then(() => true),
      false,
    );
    if (done) log.info('stopped');
    else log.error('stopped with a refresh still in flight: its session may be lost');
  }

  return {
    /** Stops, once however often it is asked; resolves within its bounds. */
    stop: (delayMs: number): Promise<void> => (stopped ??= carryThrough(delayMs)),
  };
}
