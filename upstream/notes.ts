import type { FastifyInstance } from 'fastify';
import type { AttachmentFiles } from './attachmentFiles.ts';
import type { NoteStore } from './noteStore.ts';
import { refuse } from './refusals.ts';

const withText = {
  body: {
    type: 'object',
    required: ['text'],
    properties: { text: { type: 'string', minLength: 1, maxLength: 10_000, pattern: '\\S' } },
  },
};

/** Serves the caller's notes. @see draft-ietf-httpapi-idempotency-key-header §2 for `Idempotency-Key` */
export function noteRoutes(app: FastifyInstance, store: NoteStore, files: AttachmentFiles): void {
  app.get('/notes', async ({ caller }) => ({ notes: store.list(caller.userId) }));

  app.post<{ Body: { text: string } }>('/notes', { schema: withText }, async (request, reply) => {
    const { 'idempotency-key': key = null } = request.headers;
    if (Array.isArray(key)) return refuse(reply, 400, 'invalid_request', 'Idempotency-Key was sent twice.');
    const note = store.add(request.caller.userId, request.body.text, key);
    if (!note) return refuse(reply, 422, 'idempotency_key_reused', 'This key came with another text before.');
    return reply.code(201).header('location', `/notes/${note.id}`).send(note);
  });

  app.get<{ Params: { id: string } }>('/notes/:id', async ({ caller, params }, reply) => {
    return store.find(caller.userId, params.id) ?? refuse(reply, 404, 'not_found');
  });

  app.patch<{ Params: { id: string }; Body: { text: string } }>(
    '/notes/:id',
    { schema: withText },
    async ({ caller, params, body }, reply) => {
      return store.edit(caller.userId, params.id, body.text) ?? refuse(reply, 404, 'not_found');
    },
  );

  app.delete<{ Params: { id: string } }>('/notes/:id', async ({ caller, params }, reply) => {
    const file = store.file(caller.userId, params.id);
    if (!store.remove(caller.userId, params.id)) return refuse(reply, 404, 'not_found');
    await files.delete(file?.file);
    return reply.code(204).send();
  });
}
