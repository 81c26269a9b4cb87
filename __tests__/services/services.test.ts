import axios, { type AxiosInstance } from 'axios';
import { createReauth } from '../../interceptors/reauth.ts';
import { createLabService } from '../../services/lab.ts';
import { attachmentUrl, createNotesService, type UploadProgress } from '../../services/notes.ts';
import { createUserService } from '../../services/user.ts';
import { Browser } from '../../testing/browser.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../support/app.ts';

/** An axios instance with the cookie jar that Node lacks, before the real routes on a real socket. */
function browserAxios(browser: Browser): AxiosInstance {
  const http = axios.create({ baseURL: browser.origin, headers: { 'X-Reseal': '1' } });
  http.interceptors.request.use((config) => {
    if (browser.cookie) config.headers.set('Cookie', browser.cookie);
    return config;
  });
  const keep = (headers: Record<string, unknown> = {}) => {
    const answer = new Response();
    for (const line of (headers['set-cookie'] as string[] | undefined) ?? [])
      answer.headers.append('set-cookie', line);
    browser.store(answer);
  };
  http.interceptors.response.use(
    (response) => {
      keep(response.headers);
      return response;
    },
    (error: { response?: { headers: Record<string, unknown> } }) => {
      keep(error.response?.headers);
      return Promise.reject(error);
    },
  );
  return http;
}

let app: AppWithUpstream;
let browser: Browser;
let http: AxiosInstance;
const ada = { username: 'ada', password: 'lovelace' };

beforeEach(async () => {
  app = await startAppWithUpstream({ lab: true });
  browser = new Browser(app.url);
  http = browserAxios(browser);
});
afterEach(() => app.close());

describe('the user service', () => {
  test('logs in, tells who, refreshes once for a version, logs out', async () => {
    const user = createUserService(http);
    const { session } = await user.login(ada);
    expect(await user.whoAmI()).toMatchObject({
      user: { name: 'Ada Lovelace' },
      session: { id: session.id },
    });
    expect((await user.refresh({ staleVersion: 1 })).session.version).toBe(2);
    expect((await user.refresh({ staleVersion: 1 })).session.version).toBe(2);
    await user.logout({ sessionId: session.id });
    await expect(user.whoAmI()).rejects.toMatchObject({ response: { data: { code: 'no_session' } } });
  });

  test('logs out no other person', async () => {
    const user = createUserService(http);
    const { session } = await user.login(ada);
    await user.login({ username: 'grace', password: 'hopper' });
    await expect(user.logout({ sessionId: session.id })).rejects.toMatchObject({ response: { status: 409 } });
    expect(await user.whoAmI()).toMatchObject({ user: { name: 'Grace Hopper' } });
  });

  test('gives up when it is aborted', async () => {
    const aborted = AbortSignal.abort();
    await expect(createUserService(http).whoAmI({ signal: aborted })).rejects.toMatchObject({
      code: 'ERR_CANCELED',
    });
  });
});

describe('the notes service', () => {
  test('lists, adds, edits, attaches and removes', async () => {
    await createUserService(http).login(ada);
    const notes = createNotesService(http);
    const made = await notes.add('Buy wax');
    expect(await notes.edit(made.id, 'Buy red wax')).toMatchObject({ text: 'Buy red wax' });

    const seen: UploadProgress[] = [];
    const file = new File(['seal'], 'a & b.txt', { type: 'text/plain' });
    await notes.attach({ id: made.id, file, onProgress: (progress) => seen.push(progress) });
    const [listed] = (await notes.list()).filter(({ id }) => id === made.id);
    expect(listed?.attachment).toEqual({ name: 'a & b.txt', type: 'text/plain', sizeBytes: 4 });
    expect(seen.at(-1)).toEqual({ sentBytes: 4, totalBytes: 4 });
    expect((await http.get(attachmentUrl(made.id))).data).toBe('seal');

    await notes.remove(made.id);
    expect((await notes.list()).map(({ id }) => id)).not.toContain(made.id);
  });
});

describe('the lab service', () => {
  test('reads and changes the upstream, and expires what it gave', async () => {
    await createUserService(http).login(ada);
    const lab = createLabService(http);
    const state = await lab.change({
      settings: { accessTtlSeconds: 7 },
      faults: { refresh: [{ kind: 'status503', times: 2 }] },
    });
    expect(state).toMatchObject({
      settings: { accessTtlSeconds: 7 },
      faults: { refresh: [{ kind: 'status503', times: 2 }] },
    });
    await lab.reset();
    expect((await lab.read()).faults.refresh).toEqual([]);
    await lab.expire();
    await expect(lab.probe({ path: '/me', method: 'GET' })).rejects.toMatchObject({
      response: { status: 401 },
    });
  });

  test('sends a burst over a dead token through the engine with one refresh at the issuer', async () => {
    const user = createUserService(http);
    const lab = createLabService(http);
    const reauth = createReauth({ refresh: (call) => user.refresh(call) });
    reauth.attach(http);
    reauth.loggedIn(await user.login(ada));
    app.upstream.expireAccessTokens();
    const statuses = await Promise.all(
      Array.from({ length: 50 }, () => lab.probe({ path: 'echo/x', method: 'post' })),
    );
    expect(statuses).toEqual(Array<number>(50).fill(200));
    expect(app.upstream.stats().refreshCalls).toBe(1);
  });
});
