import { AxiosError, AxiosHeaders, type AxiosAdapter, type AxiosResponse } from 'axios';
import { parseHint } from '../../contract/hint.ts';
import { createSharedLock, createSharedNote } from '../../interceptors/testing/tabs.ts';
import type { ConnectionOptions } from '../../store/connection.ts';
import { Browser } from '../../testing/browser.ts';

/** One browser before a real server: what each of its tabs gives to its client. All tabs share the jar, the lock and the storage. */
export class TabbedBrowser extends Browser {
  readonly #looks = new Set<() => boolean>();
  readonly #lock = createSharedLock();
  readonly #storage = createSharedNote();
  /** The calls that left, as `POST /api/user`. */
  readonly calls: string[] = [];

  override store(response: Response): void {
    const before = JSON.stringify(this.hint);
    super.store(response);
    // As the cookie's change event: in a task of its own, and in every tab.
    if (JSON.stringify(this.hint) !== before) setImmediate(() => this.#looks.forEach((look) => look()));
  }

  get hint() {
    return parseHint(this.cookie);
  }

  count(route: string): number {
    return this.calls.filter((call) => call === route).length;
  }

  tab(): Required<Pick<ConnectionOptions, 'http' | 'reauth'>> {
    return {
      http: { adapter: this.#adapter },
      reauth: {
        readHint: () => this.hint,
        watchHint: (look) => {
          this.#looks.add(look);
          return () => void this.#looks.delete(look);
        },
        lock: this.#lock,
        storage: this.#storage,
        appliesTo: () => true,
        random: () => 0,
      },
    };
  }

  /** Carries a request over a real socket, with the cookies of the jar. */
  readonly #adapter: AxiosAdapter = async (config) => {
    const { method = 'get', headers, data, signal, url = '' } = config;
    this.calls.push(`${method.toUpperCase()} ${url}`);
    const answer = await this.call(url, {
      method: method.toUpperCase(),
      headers: Object.fromEntries(
        Object.entries(AxiosHeaders.from(headers).toJSON()).map(([k, v]) => [k, String(v)]),
      ),
      ...(data === undefined ? {} : { body: data as string }),
      ...(signal ? { signal: signal as AbortSignal } : {}),
    }).catch(() => {
      throw signal?.aborted
        ? new AxiosError('canceled', 'ERR_CANCELED', config)
        : new AxiosError('Network Error', 'ERR_NETWORK', config);
    });
    const response: AxiosResponse = {
      status: answer.status,
      statusText: answer.statusText,
      headers: AxiosHeaders.from(Object.fromEntries(answer.headers)),
      data: await answer.text(),
      config,
    };
    if (answer.ok) return response;
    throw new AxiosError(`answered ${answer.status}`, 'ERR_BAD_REQUEST', config, null, response);
  };
}
