import axios, { AxiosError, getAdapter, type AxiosAdapter } from 'axios';
import { parseSetCookie } from 'cookie';
import { parseHint, type Hint } from '../../contract/hint.ts';

/** The cookies of one browser, shared by all of its tabs. */
export class Jar {
  private readonly cookies = new Map<string, string>();
  private readonly listeners = new Set<() => void>();

  /** The `Cookie` header as it is now. */
  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get hint(): Hint | null {
    return parseHint(this.header);
  }

  store(lines: readonly string[]): void {
    for (const line of lines) {
      const { name, value = '', maxAge } = parseSetCookie(line);
      if (maxAge === 0 || value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    if (lines.length > 0) for (const tell of this.listeners) tell();
  }

  /** Tells of every change, as the browser's cookie store does. */
  watch(tell: () => void): () => void {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  }
}

/** Draws whether the connection of a request is cut, and if so after how many ms; `null` leaves it alone. */
export type Cut = () => number | null;

/**
 * Makes what a browser does around a request: the jar's cookies go with it at the moment it is sent, the answer's
 * go into the jar, and a connection that is cut loses both answer and cookies.
 */
export function browserAdapter(jar: Jar, cut: Cut): AxiosAdapter {
  return async (config) => {
    config.headers.set('Cookie', jar.header);
    const broken = new AbortController();
    const afterMs = cut();
    const timer = afterMs === null ? undefined : setTimeout(() => broken.abort(), afterMs);
    const { signal } = config;
    const both = signal ? AbortSignal.any([signal as AbortSignal, broken.signal]) : broken.signal;
    try {
      const answer = await getAdapter('http')({ ...config, signal: both });
      jar.store(answer.headers['set-cookie'] ?? []);
      return answer;
    } catch (error) {
      if (broken.signal.aborted && !signal?.aborted)
        throw new AxiosError('Network Error', 'ERR_NETWORK', config);
      if (axios.isAxiosError(error)) jar.store(error.response?.headers['set-cookie'] ?? []);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}
