/** @jest-environment jsdom */
import axios from 'axios';
import { isOurs } from '../../interceptors/attach.ts';
import { createReauth } from '../../interceptors/reauth.ts';
import { createBackend } from '../../interceptors/testing/backend.ts';
import { createFakeClock } from '../../interceptors/testing/fakeClock.ts';
import { refusal } from '../../interceptors/testing/answers.ts';

describe('two engines of one origin', () => {
  const names: string[] = [];
  const request = async (name: string, work: () => unknown) => (names.push(name), work());
  beforeEach(() => {
    names.length = 0;
    localStorage.clear();
    Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true });
  });
  afterEach(() => void Reflect.deleteProperty(navigator, 'locks'));

  function engine(name?: string, cookieName?: string) {
    const backend = createBackend(null);
    const clock = createFakeClock();
    const http = axios.create({ adapter: backend.adapter });
    createReauth({
      refresh: backend.refresh,
      clock,
      isExpired: () => true,
      ...(name && { name }),
      ...(cookieName && { cookieName }),
    }).attach(http);
    const send = () => http.get('/a').then(({ status }) => status, ({ code }) => code); // prettier-ignore
    return { backend, clock, send };
  }

  test('with two names take two locks and keep two notes of an outage', async () => {
    const [first, second] = [engine(), engine('crm')];
    first.backend.script(
      ...Array.from({ length: 4 }, () => () => Promise.reject(refusal('upstream_unavailable'))),
    );
    const outage = first.send();
    await first.clock.advance(10_000);
    expect(await outage).toBe('ERR_REFRESH_UNAVAILABLE');
    expect(Object.keys(localStorage)).toEqual(['reseal_cooldown']);
    second.backend.login();
    second.backend.expire();
    await second.send();
    expect(second.backend.refreshes).toBe(1);
    expect(new Set(names)).toEqual(new Set(['reseal', 'crm']));
  });

  test('of two apps that differ in the name of their cookies take two locks, and each reads its own hint', async () => {
    document.cookie = 'reseal_hint=other.9';
    document.cookie = 'shop_hint=own.3';
    const versions: number[] = [];
    const http = axios.create({ adapter: () => Promise.reject(refusal('token_expired')) });
    const refresh = async ({ staleVersion }: { staleVersion: number; signal: AbortSignal }) => {
      versions.push(staleVersion);
      throw refusal('no_session');
    };
    for (const cookieName of ['shop', undefined]) {
      const reauth = createReauth({ refresh, clock: createFakeClock(), ...(cookieName && { cookieName }) });
      const detach = reauth.attach(http);
      await http.get('/a').catch(() => undefined);
      detach();
      reauth.dispose();
    }
    expect(versions).toEqual([3, 9]);
    expect([...new Set(names)]).toEqual(['shop', 'reseal']);
    for (const name of ['reseal', 'shop']) document.cookie = `${name}_hint=; max-age=0`;
  });

  test('with one name share the note of an outage', async () => {
    const [first, second] = [engine(), engine()];
    localStorage.setItem('reseal_cooldown', `${Date.now() + 60_000} 1`);
    expect([first.clock.performance.timeOrigin, await second.send()]).toEqual([0, expect.anything()]);
  });
});

describe('the origin of a page', () => {
  test('follows the base address of the document', () => {
    const base = document.head.appendChild(document.createElement('base'));
    base.href = 'https://cdn.example/app/';
    expect([isOurs('/api'), isOurs('api'), isOurs('http://localhost/api')]).toEqual([false, false, true]);
    base.remove();
    expect(isOurs('/api')).toBe(true);
  });
  test('is unknown to an address that cannot be parsed, and throws nothing', () => {
    expect(isOurs('http://[')).toBe(false);
  });
  test('is nothing in a sandboxed frame', () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'origin')!;
    Object.defineProperty(globalThis, 'origin', { value: 'null', configurable: true });
    expect(isOurs('/api')).toBe(false);
    Object.defineProperty(globalThis, 'origin', own);
  });
});
