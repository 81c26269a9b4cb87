/** @jest-environment node */
import type { Note } from '../../contract/notes.ts';
import { call, closeAll, logIn, type Pair, send, startUpstream, statusOf } from './person.ts';

afterEach(closeAll);

const signedIn = async () => {
  const upstream = await startUpstream();
  const ada = await logIn(upstream);
  const add = async (text: string, key?: string, pair: Pair = ada) =>
    send(upstream, pair, 'POST', '/notes', { text }, key ? { 'idempotency-key': key } : {});
  const list = async (pair: Pair = ada) =>
    ((await (await call(upstream, pair, '/notes')).json()) as { notes: Note[] }).notes;
  return { upstream, ada, add, list };
};

it('a note is added, edited and deleted', async () => {
  const { upstream, ada, add, list } = await signedIn();
  const added = await add('Buy milk');
  expect(added.status).toBe(201);
  const note = (await added.json()) as Note;
  expect(note).toEqual({
    id: expect.any(String),
    text: 'Buy milk',
    updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    attachment: null,
  });
  expect(added.headers.get('location')).toBe(`/notes/${note.id}`);

  const edited = await send(upstream, ada, 'PATCH', `/notes/${note.id}`, { text: 'Buy oat milk' });
  expect(edited.status).toBe(200);
  expect(await edited.json()).toMatchObject({ id: note.id, text: 'Buy oat milk' });
  expect(await (await call(upstream, ada, `/notes/${note.id}`)).json()).toMatchObject({
    text: 'Buy oat milk',
  });

  expect(await statusOf(call(upstream, ada, `/notes/${note.id}`, { method: 'DELETE' }))).toBe(204);
  expect(await list()).toEqual([]);
});

it('deletes all notes of a person, with their files, and of no other person', async () => {
  const { upstream, ada, add, list } = await signedIn();
  const grace = await logIn(upstream, 'grace', 'hopper');
  await add('hers', undefined, grace);
  const note = (await (await add('with a file')).json()) as Note;
  await add('without');
  const at = `/notes/${note.id}/attachment`;
  const file = { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'a file' };
  expect(await statusOf(call(upstream, ada, `${at}?name=a.txt`, file))).toBe(200);
  expect(await statusOf(call(upstream, ada, '/notes', { method: 'DELETE' }))).toBe(204);
  expect(await list()).toEqual([]);
  expect(await statusOf(call(upstream, ada, at))).toBe(404);
  expect((await list(grace)).map(({ text }) => text)).toEqual(['hers']);
  expect(await statusOf(call(upstream, ada, '/notes', { method: 'DELETE' }))).toBe(204);
});

it('the newest note comes first', async () => {
  const { add, list } = await signedIn();
  for (const text of ['one', 'two', 'three']) await add(text);

  expect((await list()).map(({ text }) => text)).toEqual(['three', 'two', 'one']);
});

it('no person sees, changes or learns of another person’s note', async () => {
  const { upstream, add, list } = await signedIn();
  const { id } = (await (await add('secret')).json()) as Note;
  const grace = await logIn(upstream, 'grace', 'hopper');

  expect(await list(grace)).toEqual([]);
  expect(await statusOf(call(upstream, grace, `/notes/${id}`))).toBe(404);
  expect(await statusOf(send(upstream, grace, 'PATCH', `/notes/${id}`, { text: 'mine' }))).toBe(404);
  expect(await statusOf(call(upstream, grace, `/notes/${id}`, { method: 'DELETE' }))).toBe(404);
  expect(await statusOf(call(upstream, grace, `/notes/${id}/attachment`))).toBe(404);
  expect(await list()).toHaveLength(1);
});

it('a repeated Idempotency-Key answers the first note again, also when all come at once', async () => {
  const { add, list } = await signedIn();
  const answers = await Promise.all(Array.from({ length: 5 }, () => add('once', 'key-1')));
  const notes = await Promise.all(answers.map((answer) => answer.json() as Promise<Note>));

  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  expect(new Set(notes.map(({ id }) => id)).size).toBe(1);
  expect(await list()).toHaveLength(1);
});

it('an Idempotency-Key belongs to one text and one person', async () => {
  const { upstream, add, list } = await signedIn();
  const grace = await logIn(upstream, 'grace', 'hopper');
  await add('once', 'key-1');

  expect(await statusOf(add('other', 'key-1'))).toBe(422);
  expect(await statusOf(add('hers', 'key-1', grace))).toBe(201);
  expect(await list()).toHaveLength(1);
  expect(await list(grace)).toHaveLength(1);
});

it.each([
  [{}, 'body must have required property'],
  [{ text: '' }, 'body.text must NOT have fewer than 1 characters'],
  [{ text: '   ' }, 'body.text must match pattern'],
  [{ text: 7 }, 'body.text must be string'],
  [{ text: 'x'.repeat(10_001) }, 'body.text must NOT have more than 10000 characters'],
])('what is wrong with a note is said: %#', async (body, reason) => {
  const { upstream, ada } = await signedIn();
  const response = await send(upstream, ada, 'POST', '/notes', body);

  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    error: 'invalid_request',
    error_description: expect.stringContaining(reason),
  });
});

it('malformed JSON, an unknown type and a missing route are answered as JSON', async () => {
  const { upstream, ada } = await signedIn();
  const post = (type: string, body: string) =>
    call(upstream, ada, '/notes', { method: 'POST', headers: { 'content-type': type }, body });

  const broken = await post('application/json', '{"text":');
  expect([broken.status, (await broken.json()).error]).toEqual([400, 'invalid_request']);
  const foreign = await post('application/xml', '<note/>');
  expect([foreign.status, (await foreign.json()).error]).toEqual([415, 'unsupported_media_type']);
  const missing = await call(upstream, ada, '/nowhere');
  expect([missing.status, (await missing.json()).error]).toEqual([404, 'not_found']);
  const large = await post('application/json', JSON.stringify({ text: 'x'.repeat(3_000_000) }));
  expect([large.status, (await large.json()).error]).toEqual([413, 'too_large']);
});

describe('two editors of one note', () => {
  const edited = async () => {
    const service = await signedIn();
    const { upstream, ada, add } = service;
    const added = await add('first');
    const { id } = (await added.json()) as Note;
    const patch = (text: string, ifMatch?: string) =>
      send(upstream, ada, 'PATCH', `/notes/${id}`, { text }, ifMatch ? { 'if-match': ifMatch } : {});
    return { ...service, id, etag: added.headers.get('etag') ?? '', patch };
  };

  it('are both served where each edits the newest version', async () => {
    const { patch, etag, list } = await edited();
    const one = await patch('second', etag);
    expect(one.status).toBe(200);
    const next = one.headers.get('etag') ?? '';
    expect(next).not.toBe(etag);
    expect(await statusOf(patch('third', `"something else", ${next}`))).toBe(200);
    expect((await list())[0]?.text).toBe('third');
  });

  it('do not overwrite each other: the later one gets 412 and the ETag of what is there', async () => {
    const { upstream, ada, id, patch, etag, list } = await edited();
    const winner = await patch('from one tab', etag);
    const loser = await patch('from the other tab', etag);
    expect(loser.status).toBe(412);
    expect(loser.headers.get('etag')).toBe(winner.headers.get('etag'));
    const removing = call(upstream, ada, `/notes/${id}`, { method: 'DELETE', headers: { 'if-match': etag } });
    expect(await statusOf(removing)).toBe(412);
    expect((await list())[0]?.text).toBe('from one tab');
  });

  it('are not held up where they send no If-Match, or any version', async () => {
    const { patch } = await edited();
    expect(await statusOf(patch('second'))).toBe(200);
    expect(await statusOf(patch('third', '*'))).toBe(200);
  });

  it('get the ETag that the list implies: updatedAt in quotes, new even within one millisecond', async () => {
    const upstream = await startUpstream({ now: () => 1_700_000_000_000 });
    const ada = await logIn(upstream);
    const note = (await (await send(upstream, ada, 'POST', '/notes', { text: 'a' })).json()) as Note;
    const tags = [`"${note.updatedAt}"`];
    for (const text of ['b', 'c']) {
      const answer = await send(upstream, ada, 'PATCH', `/notes/${note.id}`, { text });
      expect(answer.headers.get('etag')).toBe(`"${((await answer.json()) as Note).updatedAt}"`);
      tags.push(answer.headers.get('etag') ?? '');
    }
    expect(new Set(tags).size).toBe(3);
  });
});
