import type { StepUpRequest } from './stepUp.ts';

const CHANNEL = 'reseal-step-up';
/** The server forgets a login that was begun and not finished after as long. */
const LONGEST_MS = 10 * 60_000;

/** What the window reports: which login, and why it failed where it did. */
interface Report {
  readonly attempt: string;
  readonly problem: string | null;
}

export interface StepUpWindowOptions {
  /** The page of the app that the window ends at; it calls {@link reportStepUp}. */
  readonly returnTo?: string;
  /** The server's `basePath`: `/shop` where its routes are `/shop/api/…`. */
  readonly basePath?: string;
}

/** A login in a window of its own. */
export interface StepUpWindow {
  /** Where the window begins: for a link with `target="_blank"`, and for `window.open` in its click handler. */
  readonly url: string;
  /** Resolves with `null` once the session is stepped up, else with the code of the problem; `aborted` with the signal. */
  readonly outcome: Promise<string | null>;
}

/**
 * Prepares a login in a window of its own and listens for its end.
 *
 * The window belongs to another browsing context group (`Cross-Origin-Opener-Policy: same-origin`), so that nothing tells
 * whether it was closed: offer a way to cancel, which aborts the signal. What the window reports is no proof: the server
 * decides about the request that is sent again.
 *
 * @see https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies
 */
export function prepareStepUpWindow(
  { sessionId, acrValues, maxAge, signal }: StepUpRequest,
  { returnTo = '/stepped-up', basePath = '' }: StepUpWindowOptions = {},
): StepUpWindow {
  // Tells this login from another of the same browser; no secret.
  const attempt = Math.random().toString(36).slice(2);
  const query = new URLSearchParams({
    stepUp: sessionId,
    ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
    ...(maxAge !== null && { max_age: String(maxAge) }),
    returnTo: `${returnTo}?${new URLSearchParams({ attempt })}`,
  });
  const outcome = new Promise<string | null>((resolve) => {
    const channel = new BroadcastChannel(CHANNEL);
    const end = (problem: string | null) => {
      channel.close();
      clearTimeout(timer);
      resolve(problem);
    };
    const timer = setTimeout(() => end('login_expired'), LONGEST_MS);
    channel.onmessage = ({ data }: MessageEvent<Report>) => data.attempt === attempt && end(data.problem);
    signal.addEventListener('abort', () => end('aborted'), { once: true });
    if (signal.aborted) end('aborted');
  });
  return { url: `${basePath}/api/login?${query}`, outcome };
}

/**
 * Reports the end of a login from the page that its window came to, and closes the window where a script opened it.
 *
 * @param search the query of the page's address
 * @returns the code of the problem; `null` where the session was stepped up
 */
export function reportStepUp(search: string): string | null {
  const given = new URLSearchParams(search);
  const problem = given.get('problem');
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ attempt: given.get('attempt') ?? '', problem } satisfies Report);
  channel.close();
  window.close();
  return problem;
}
