import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import type { AttachmentFiles } from './attachmentFiles.ts';
import type { NoteStore } from './noteStore.ts';
import { refuse } from './refusals.ts';

interface Incoming {
  readonly content: Readable;
  readonly name: string | undefined;
  readonly type: string | undefined;
}

type OfNote = { Params: { id: string } };

async function incoming(request: FastifyRequest): Promise<Incoming | null> {
  if (request.isMultipart()) {
    const part = await request.file();
    return part ? { content: part.file, name: part.filename, type: part.mimetype } : null;
  }
  const { 'content-type': type } = request.headers;
  return { content: request.raw, name: undefined, type };
}

/** Names a download; the second form carries what is not ASCII. @see RFC 6266 §4.3, RFC 8187 §3.2 */
function dispositionOf(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}

/** Serves the one attachment of a note: raw bytes or `multipart/form-data` in, the same bytes out, never in memory whole. */
export async function attachmentRoutes(
  app: FastifyInstance,
  { store, files, limitBytes }: { store: NoteStore; files: AttachmentFiles; limitBytes: number },
): Promise<void> {
  // A JSON file is a file here: no body may be parsed.
  app.removeAllContentTypeParsers();
  await app.register(multipart, { limits: { files: 1, fileSize: Infinity }, throwFileSizeLimit: false });
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.put<OfNote & { Querystring: { name?: string | string[] } }>(
    '/notes/:id/attachment',
    async (request, reply) => {
      const { caller, params, query } = request;
      if (!store.find(caller.userId, params.id)) return refuse(reply, 404, 'not_found');
      const tooLarge = () =>
        refuse(reply, 413, 'too_large', `An attachment has ${limitBytes} bytes at most.`);
      // A multipart frame is larger than its file: only the file itself can be judged, as it comes in.
      if (!request.isMultipart() && Number(request.headers['content-length']) > limitBytes) return tooLarge();

      const given = await incoming(request);
      if (!given) return refuse(reply, 400, 'invalid_request', 'The form holds no file.');
      const written = await files.write(given.content);
      if (!written) return tooLarge();

      const name = [query.name].flat()[0] || given.name || 'attachment';
      const type = given.type ?? 'application/octet-stream';
      const before = store.file(caller.userId, params.id);
      const note = store.attach(caller.userId, params.id, { ...written, name: name.slice(0, 255), type });
      // The note may have been deleted while the bytes were still coming.
      await files.delete(note ? before?.file : written.file);
      return note ?? refuse(reply, 404, 'not_found');
    },
  );

  app.get<OfNote>('/notes/:id/attachment', async ({ caller, params }, reply) => {
    const file = store.file(caller.userId, params.id);
    if (!file) return refuse(reply, 404, 'not_found');
    return reply
      .type(file.type)
      .header('content-length', file.sizeBytes)
      .header('content-disposition', dispositionOf(file.name))
      .send(files.read(file.file));
  });

  app.delete<OfNote>('/notes/:id/attachment', async ({ caller, params }, reply) => {
    const file = store.file(caller.userId, params.id);
    if (!file) return refuse(reply, 404, 'not_found');
    store.attach(caller.userId, params.id, null);
    await files.delete(file.file);
    return reply.code(204).send();
  });
}
