import { SOCKET_CLOSE } from '../../contract/socket.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../ops/log.ts';
import type { SealedSession } from '../session/record.ts';
import type { Sessions } from '../session/resolve.ts';
import type { Tunnel } from './tunnel.ts';

/** How often the store is asked which sessions with open sockets have ended; all are closed within a second. */
const LOOK_MS = 400;
/** How many sessions are asked for at a time. */
const AT_A_TIME = 500;

export interface OpenSocketsOptions {
  readonly sessions: Pick<Sessions, 'whyEnded'>;
  readonly clock: Clock;
  readonly log: Log;
}

interface OfSession {
  readonly seal: SealedSession;
  readonly tunnels: Set<Tunnel>;
}

/**
 * Makes what knows the sockets that are open, and closes them when their session ends.
 *
 * The store is asked, and no event is waited for: it alone knows every end, on whichever instance, by a logout everywhere,
 * by the provider or by time. One read for each session, however many sockets it has. While the store cannot be asked the
 * sockets stay.
 */
export function createOpenSockets({ sessions, clock, log }: OpenSocketsOptions) {
  const all = new Set<Tunnel>();
  const bySession = new Map<string, OfSession>();
  let timer: unknown = null;
  let isClosed = false;

  async function lookAt({ seal, tunnels }: OfSession): Promise<void> {
    const reason = await sessions.whyEnded(seal).catch(() => null);
    if (reason === null) return;
    log.info(
      { session: seal.id, reason, sockets: tunnels.size },
      'sockets are closed: their session has ended',
    );
    for (const tunnel of tunnels) tunnel.close(SOCKET_CLOSE.sessionEnded, 'session_ended');
  }

  async function look(): Promise<void> {
    const known = [...bySession.values()];
    for (let at = 0; at < known.length; at += AT_A_TIME)
      await Promise.all(known.slice(at, at + AT_A_TIME).map(lookAt));
    timer = null;
    lookLater();
  }

  function lookLater(): void {
    if (timer === null && bySession.size > 0) timer = clock.setTimeout(() => void look(), LOOK_MS);
  }

  return {
    /** Adds a socket; `seal` is that of its session, `null` where it has none. */
    add(tunnel: Tunnel, seal: SealedSession | null): void {
      all.add(tunnel);
      if (isClosed) tunnel.close(SOCKET_CLOSE.restart, 'restart');
      if (!seal) return;
      const known = bySession.get(seal.id);
      if (known) known.tunnels.add(tunnel);
      else bySession.set(seal.id, { seal: withoutTokens(seal), tunnels: new Set([tunnel]) });
      lookLater();
    },
    remove(tunnel: Tunnel, seal: SealedSession | null): void {
      all.delete(tunnel);
      const known = seal && bySession.get(seal.id);
      known?.tunnels.delete(tunnel);
      if (known?.tunnels.size === 0) bySession.delete(known.seal.id);
    },
    /** Closes every socket, now and from now on: the server stops. */
    closeAll(): void {
      isClosed = true;
      for (const tunnel of all) tunnel.close(SOCKET_CLOSE.restart, 'restart');
    },
    open: () => all.size,
  };
}

export type OpenSockets = ReturnType<typeof createOpenSockets>;

/** A socket may stay open for days: what it needs to know of its session is no token and no key. */
function withoutTokens({ id, version, user, epoch, createdAtMs, sid, pair }: SealedSession): SealedSession {
  const { expiresAtMs, refreshedAtMs } = pair;
  const bare = { accessToken: '', refreshToken: null, expiresAtMs, refreshedAtMs };
  return {
    id, version, user, epoch, createdAtMs, ...(sid === undefined ? {} : { sid }), boxKey: '', pair: bare,
  }; // prettier-ignore
}
