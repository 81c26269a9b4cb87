import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { startApp, type App } from '../support/app.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { recipeBlocks } from '../support/recipe.ts';
import { until } from '../../testing/until.ts';

const isThere = ['python3', 'curl'].every((program) => spawnSync(program, ['--version']).status === 0);
if (!isThere)
  console.warn('SKIPPED: no python3 or no curl (apt-get install python3 curl): the backend of the recipes');

(isThere ? describe : describe.skip)('the backend of the recipes, in Python', () => {
  let backend: ChildProcess;
  let app: App;
  let ada: Browser;
  const asked: string[] = [];

  beforeAll(async () => {
    backend = spawn('python3', ['docs/examples/backend.py', '0', '1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const lines = createInterface(backend.stdout!);
    const [url] = (await once(lines, 'line')) as [string];
    lines.on('line', (line: string) => void asked.push(line));
    app = await startApp(url, { env: { UPSTREAM_PATHS: '/books' } });
  });
  afterAll(async () => {
    await app.close();
    backend.kill();
    await once(backend, 'exit');
  });
  beforeEach(async () => {
    ada = new Browser(app.url);
    await ada.login();
  });

  const books = () => ada.call('/api/upstream/books');
  const untilExpired = () =>
    until(async () => (await books()).status === 401, { what: 'an access token of one second' });
  const timesAsked = (line: string) => asked.filter((one) => one === line).length;

  test('logs in who knows the password, by the name it gives, and no other person', async () => {
    expect((await infoOf(await ada.whoAmI())).user).toEqual({ id: 'ada', name: 'Ada Lovelace' });
    const json = { username: 'ada', password: 'babbage' };
    const refusal = await new Browser(app.url).call('/api/login', { method: 'POST', json });
    expect([refusal.status, await codeOf(refusal)]).toEqual([401, 'invalid_credentials']);
  });

  test('serves its resource, expires, is refreshed once by ten callers, and serves again', async () => {
    expect(await (await books()).json()).toMatchObject({ reader: 'ada' });
    await untilExpired();
    const [refreshed, refused] = [timesAsked('POST /auth/refresh 200'), timesAsked('POST /auth/refresh 400')];
    const answers = await Promise.all(Array.from({ length: 10 }, () => ada.refresh(1)));
    for (const answer of answers) expect((await infoOf(answer)).session.version).toBe(2);
    expect((await books()).status).toBe(200);
    expect(timesAsked('POST /auth/refresh 200')).toBe(refreshed + 1);
    expect(timesAsked('POST /auth/refresh 400')).toBe(refused);
  });

  test('is told of a logout, after which the session is good for nothing', async () => {
    const { cookie } = ada;
    const before = timesAsked('POST /auth/logout 200');
    expect((await ada.logout()).status).toBe(204);
    await until(() => timesAsked('POST /auth/logout 200') > before);
    expect(await codeOf(await ada.call('/api/upstream/books', { cookie }))).toBe('session_ended');
  });

  test('the calls of the recipe, pasted into a shell, log in, read and refresh', async () => {
    const [, calls] = recipeBlocks('Your own JSON backend').filter(({ language }) => language === 'sh');
    const lines = calls!.code
      .replaceAll('localhost:3000', app.url)
      .replaceAll(/\bcurl\b/g, 'curl -sS -w "\\n"');
    const folder = await mkdtemp(join(tmpdir(), 'reseal-'));
    const { stdout } = await promisify(execFile)('sh', ['-c', lines], { cwd: folder });
    await rm(folder, { recursive: true });
    const [loggedIn, read, refreshed] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, object>);
    expect(loggedIn).toMatchObject({ user: { id: 'ada' }, session: { version: 1 } });
    expect(read).toMatchObject({ books: [expect.any(String)] });
    expect(refreshed).toMatchObject({ session: { version: 2 } });
  });
});
