import axios from 'axios';
import type { ReauthEvent } from '../../interceptors/reauthEvents.ts';

/** Counts what people saw. */
export function createTally() {
  const counts = {
    /** Requests that people made, replays not counted. */
    sent: 0,
    answered: 0,
    /** The connection was cut on purpose: its outcome is unknown. */
    cut: 0,
    failed: 0,
    /** A refresh failed all of its tries: the session is kept, the request was refused with `ERR_REFRESH_UNAVAILABLE`. */
    unavailable: 0,
    /** A 401 in a session that lives, for which no refresh was tried. */
    surfaced401: 0,
    /** A request in a session that is over: its end is counted by itself, and judged. */
    afterEnd: 0,
    logouts: 0,
    replays: 0,
    refreshes: 0,
    failedRefreshes: 0,
  };
  const failures = new Map<string, number>();
  const acknowledged = new Set<string>();
  const latenciesMs: number[] = [];

  return {
    counts,
    failures,

    heard(event: ReauthEvent): void {
      if (event.type === 'sessionEnded') counts.logouts += 1;
      if (event.type === 'requestReplayed') counts.replays += 1;
      if (event.type === 'refreshFailed') counts.failedRefreshes += 1;
      if (event.type === 'sessionRenewed' && event.by !== 'otherTab') counts.refreshes += 1;
    },

    /** Makes one request; `text` is what it writes, if it writes. */
    async request(text: string | null, send: () => Promise<unknown>): Promise<void> {
      counts.sent += 1;
      const startedAtMs = performance.now();
      try {
        await send();
        counts.answered += 1;
        latenciesMs.push(performance.now() - startedAtMs);
        if (text !== null) acknowledged.add(text);
      } catch (error) {
        const { code, response } = axios.isAxiosError(error) ? error : {};
        if (code === 'ERR_NETWORK' && !response) {
          counts.cut += 1;
          return;
        }
        if (code === 'ERR_REFRESH_UNAVAILABLE') {
          counts.unavailable += 1;
          return;
        }
        counts.failed += 1;
        const reason = response?.headers['x-reseal-reason'];
        if (code === 'ERR_SESSION_ENDED' || reason === 'session_ended') counts.afterEnd += 1;
        else if (response?.status === 401) counts.surfaced401 += 1;
        const kind = `${code ?? 'unknown'} ${response?.status ?? ''} ${reason ?? ''}`;
        failures.set(kind.trim(), (failures.get(kind.trim()) ?? 0) + 1);
      }
    },

    /** Compares what was written with what was acknowledged, and with who should have written it; whose list is not there is left out. */
    audit(notes: ReadonlyMap<string, readonly string[]>) {
      const all = [...notes].flatMap(([person, texts]) => texts.map((text) => ({ person, text })));
      const seen = new Set(all.map(({ text }) => text));
      return {
        written: all.length,
        duplicateWrites: all.length - seen.size,
        wrongPerson: all.filter(({ person, text }) => !text.startsWith(`${person}/`)).length,
        lostWrites: [...acknowledged].filter((text) => notes.has(text.split('/')[0] ?? '') && !seen.has(text))
          .length,
      };
    },

    /** The q-th quantile of how long answered requests took, ms. */
    latencyMs(q: number): number {
      const sorted = latenciesMs.toSorted((a, b) => a - b);
      return Math.round(sorted[Math.floor(q * (sorted.length - 1))] ?? 0);
    },
  };
}

export type Tally = ReturnType<typeof createTally>;
