/** @jest-environment node */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { call, closeAll, logIn, refresh, refreshed, send, startUpstream, statusOf } from './person.ts';

let folder: string;
let database: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upstream-test-'));
  database = join(folder, 'deep', 'data.db');
});
afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true });
});

it('sessions, notes and attachments survive a restart', async () => {
  const before = await startUpstream({ database });
  const first = await logIn(before);
  const second = await refreshed(before, first.refresh_token);
  const { id } = await (
    await send(before, second, 'POST', '/notes', { text: 'kept' }, { 'idempotency-key': 'k' })
  ).json();
  await call(before, second, `/notes/${id}/attachment?name=a.txt`, { method: 'PUT', body: 'bytes' });
  await before.close();

  const after = await startUpstream({ database });
  expect(await statusOf(call(after, second, '/me'))).toBe(200);
  const third = await refreshed(after, second.refresh_token);
  expect((await (await call(after, third, '/notes')).json()).notes).toMatchObject([{ id, text: 'kept' }]);
  expect(await (await call(after, third, `/notes/${id}/attachment`)).text()).toBe('bytes');
  expect(
    await (await send(after, third, 'POST', '/notes', { text: 'kept' }, { 'idempotency-key': 'k' })).json(),
  ).toMatchObject({ id });
});

it('a reuse is still detected after a restart, and a dead family stays dead', async () => {
  const before = await startUpstream({ database });
  const first = await logIn(before);
  const second = await refreshed(before, first.refresh_token);
  await before.close();

  const between = await startUpstream({ database });
  expect(await statusOf(refresh(between, first.refresh_token))).toBe(400);
  await between.close();

  const after = await startUpstream({ database });
  expect(await statusOf(refresh(after, second.refresh_token))).toBe(400);
  expect(await statusOf(call(after, second, '/me'))).toBe(401);
});

it('tokens that were expired by hand stay expired', async () => {
  const before = await startUpstream({ database });
  const pair = await logIn(before);
  before.expireAccessTokens();
  await before.close();

  expect(await statusOf(call(await startUpstream({ database }), pair, '/me'))).toBe(401);
});

it('neither refresh tokens nor passwords are readable in the database', async () => {
  const upstream = await startUpstream({ database });
  const first = await logIn(upstream);
  const second = await refreshed(upstream, first.refresh_token);
  await upstream.close();
  const data = readdirSync(join(folder, 'deep'))
    .filter((name) => name.startsWith('data.db') && !name.endsWith('attachments'))
    .map((name) => readFileSync(join(folder, 'deep', name), 'latin1'))
    .join('');

  expect(data).toContain('Ada Lovelace');
  for (const secret of [first.refresh_token, second.refresh_token, second.access_token, 'lovelace']) {
    expect(data).not.toContain(secret);
  }
});

it('two services on one port: the second says so and leaves nothing open', async () => {
  const { url } = await startUpstream();

  await expect(startUpstream({ port: Number(new URL(url).port) })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

describe('started alone', () => {
  const start = (env: Record<string, string>) => {
    const child = spawn(process.execPath, ['upstream/main.ts'], {
      env: { ...process.env, UPSTREAM_PORT: '0', UPSTREAM_DATABASE: database, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exit = once(child, 'exit') as Promise<[number | null]>;
    return { child, exit };
  };

  it('prints its address, answers, and stops on a signal', async () => {
    const { child, exit } = start({ UPSTREAM_ACCESS_TTL_SECONDS: '3' });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';

    expect((await logIn({ url })).expires_in).toBe(3);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it.each([
    ['UPSTREAM_PORT', 'abc'],
    ['UPSTREAM_ACCESS_TTL_SECONDS', '-1'],
  ])('names the setting that is wrong: %s', async (name, value) => {
    const { child, exit } = start({ [name]: value });
    const [line] = (await once(createInterface(child.stderr), 'line')) as [string];

    expect(line).toContain(`${name} must be a number`);
    expect(await exit).toEqual([1, null]);
  });
});
