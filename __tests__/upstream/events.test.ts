/** @jest-environment node */
import { call, closeAll, logIn, type Pair, postJson, send, startUpstream, statusOf } from './person.ts';
import type { Upstream } from '../../upstream/createUpstream.ts';

afterEach(closeAll);

/** Reads server-sent events one by one. */
async function* eventsOf(upstream: Upstream, pair: Pair) {
  const response = await call(upstream, pair, '/events');
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      yield { name, data: JSON.parse(data) };
    }
  }
}

it('ticks at each interval', async () => {
  const upstream = await startUpstream({ eventsIntervalMs: 1 });
  const events = eventsOf(upstream, await logIn(upstream));

  for (const tick of [1, 2, 3]) {
    expect((await events.next()).value).toMatchObject({ name: 'tick', data: { tick } });
  }
  await events.return();
});

it('tells the changes of one’s own notes, not of other people’s', async () => {
  const upstream = await startUpstream({ eventsIntervalMs: 600_000 });
  const [ada, grace] = [await logIn(upstream), await logIn(upstream, 'grace', 'hopper')];
  const events = eventsOf(upstream, ada);
  expect((await events.next()).value).toMatchObject({ name: 'tick' });

  await send(upstream, grace, 'POST', '/notes', { text: 'hers' });
  const { id } = await (await send(upstream, ada, 'POST', '/notes', { text: 'mine' })).json();
  await send(upstream, ada, 'PATCH', `/notes/${id}`, { text: 'still mine' });
  await call(upstream, ada, `/notes/${id}`, { method: 'DELETE' });

  const expected = [
    ['added', 'mine'],
    ['changed', 'still mine'],
    ['deleted', 'still mine'],
  ];
  for (const [kind, text] of expected) {
    expect((await events.next()).value).toMatchObject({ name: 'note', data: { kind, note: { id, text } } });
  }
  await events.return();
});

it('outlives its access token, but ends with a logout', async () => {
  const upstream = await startUpstream({ eventsIntervalMs: 1 });
  const pair = await logIn(upstream);
  const events = eventsOf(upstream, pair);
  await events.next();
  upstream.expireAccessTokens();
  expect(await statusOf(call(upstream, pair, '/me'))).toBe(401);
  expect((await events.next()).done).toBe(false);

  await postJson(`${upstream.url}/auth/logout`, { refresh_token: pair.refresh_token });
  let last = await events.next();
  while (!last.done) last = await events.next();
  expect(last.done).toBe(true);
});

it('closing the service cuts open streams and hung calls at once', async () => {
  const [hanging, waiting] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const upstream = await startUpstream({
    faults: { refresh: [{ kind: 'hang' }] },
    eventsIntervalMs: 60_000,
    hooks: { beforeRefresh: async () => hanging.resolve(undefined) },
  });
  const pair = await logIn(upstream);
  const hung = postJson(`${upstream.url}/auth/refresh`, { refresh_token: pair.refresh_token });
  const events = eventsOf(upstream, pair);
  await events.next();
  upstream.setOptions({
    latencyMs: { api: 60_000 },
    hooks: { beforeVerify: async () => waiting.resolve(undefined) },
  });
  const slow = call(upstream, pair, '/me');
  const ends = Promise.allSettled([hung, slow, events.next()]);
  await Promise.all([hanging.promise, waiting.promise]);

  await upstream.close();
  await upstream.close();
  expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});
