import type { FastifyInstance, FastifyReply } from 'fastify';
import type { AttachmentFiles } from './attachmentFiles.ts';
import type { Note, NoteStore } from './noteStore.ts';
import { refuse } from './refusals.ts';

const withText = {
  body: {
    type: 'object',
    required: ['text'],
    properties: { text: { type: 'string', minLength: 1, maxLength: 10_000, pattern: '\\S' } },
  },
};

/** The validator of a note. The page derives the same from the list, so it is part of this service's contract. */
const etagOf = ({ updatedAt }: Note) => `"${updatedAt}"`;

/** Tells whether an `If-Match` allows a change of this note; without the header every change is allowed. @see RFC 9110 §13.1.1 */
function matches(ifMatch: string | undefined, note: Note): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true;
  return ifMatch.split(',').some((tag) => tag.trim() === etagOf(note));
}

function refuseChanged(reply: FastifyReply, note: Note): FastifyReply {
  reply.header('etag', etagOf(note));
  return refuse(reply, 412, 'changed', 'The note was changed since this version.');
}

/** Serves the caller's notes. @see draft-ietf-httpapi-idempotency-key-header §2 for `Idempotency-Key` */
export function noteRoutes(app: FastifyInstance, store: NoteStore, files: AttachmentFiles): void {
  app.get('/notes', async ({ caller }) => ({ notes: store.list(caller.userId) }));

  app.post<{ Body: { text: string } }>('/notes', { schema: withText }, async (request, reply) => {
    const { 'idempotency-key': key = null } = request.headers;
    if (Array.isArray(key)) return refuse(reply, 400, 'invalid_request', 'Idempotency-Key was sent twice.');
    const note = store.add(request.caller.userId, request.body.text, key);
    if (!note) return refuse(reply, 422, 'idempotency_key_reused', 'This key came with another text before.');
    return reply
      .code(201)
      .headers({ location: `/notes/${note.id}`, etag: etagOf(note) })
      .send(note);
  });

  app.get<{ Params: { id: string } }>('/notes/:id', async ({ caller, params }, reply) => {
    const note = store.find(caller.userId, params.id);
    return note ? reply.header('etag', etagOf(note)).send(note) : refuse(reply, 404, 'not_found');
  });

  app.patch<{ Params: { id: string }; Body: { text: string } }>(
    '/notes/:id',
    { schema: withText },
    async ({ caller, params, body, headers }, reply) => {
      const before = store.find(caller.userId, params.id);
      if (before && !matches(headers['if-match'], before)) return refuseChanged(reply, before);
      const note = store.edit(caller.userId, params.id, body.text);
      return note ? reply.header('etag', etagOf(note)).send(note) : refuse(reply, 404, 'not_found');
    },
  );

  app.delete('/notes', async ({ caller }, reply) => {
    const names = store.list(caller.userId).map(({ id }) => store.file(caller.userId, id)?.file);
    store.removeAll(caller.userId);
    await Promise.all(names.map((name) => files.delete(name)));
    return reply.code(204).send();
  });

  app.delete<{ Params: { id: string } }>('/notes/:id', async ({ caller, params, headers }, reply) => {
    const before = store.find(caller.userId, params.id);
    if (before && !matches(headers['if-match'], before)) return refuseChanged(reply, before);
    const file = store.file(caller.userId, params.id);
    if (!store.remove(caller.userId, params.id)) return refuse(reply, 404, 'not_found');
    await files.delete(file?.file);
    return reply.code(204).send();
  });
}
