import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Context } from './context.ts';
import { refuse, refuseBearer } from './refusals.ts';

const BLOCK = Buffer.alloc(65_536, 'reseal ');

function* bytes(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= BLOCK.byteLength) yield BLOCK.subarray(0, left);
}

/** Answers a query number, or the default where it is missing or no number from 0 to `max`. */
function numberOf(
  query: unknown,
  name: string,
  { otherwise, max }: { otherwise: number; max: number },
): number {
  const value = Number((query as Record<string, unknown>)[name] || NaN);
  return value >= 0 && value <= max ? value : otherwise;
}

/** Serves `/echo`, which answers what arrived, and answers that a careful proxy must not pass on unchanged. */
export function echoRoutes(app: FastifyInstance, { pause }: Pick<Context, 'pause'>): void {
  // The body is hashed as it streams by, whatever its type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  for (const path of ['/echo', '/echo/*']) {
    app.all(path, async (request) => {
      const { authorization, ...headers } = request.headers;
      const hash = createHash('sha256');
      let length = 0;
      for await (const chunk of request.raw as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        length += chunk.byteLength;
      }
      return {
        method: request.method,
        url: request.raw.url,
        headers: { ...headers, authorization: authorization !== undefined },
        body: { sha256: hash.digest('base64'), length },
        userId: request.caller.userId,
      };
    });
  }

  app.get('/echo/forbidden', (_request, reply) => refuse(reply, 403, 'forbidden'));
  app.get('/echo/insufficient', (_request, reply) => refuseBearer(reply, 'insufficient_scope'));
  app.get('/echo/redirect', (request, reply) => reply.redirect(`http://${request.host}/echo/landed`, 302));
  app.get('/echo/status', (request, reply) =>
    reply.code(Math.max(200, numberOf(request.query, 'code', { otherwise: 200, max: 599 }))).send(),
  );
  app.get('/echo/html', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .send('<!doctype html><title>Upload</title><script>document.title = document.cookie</script>'),
  );
  app.get('/echo/set-cookie', (_request, reply) =>
    reply
      .header('set-cookie', ['reseal=stolen; Path=/', 'reseal_hint=nobody.99; Path=/'])
      .headers({
        'access-control-allow-origin': '*',
        'access-control-allow-credentials': 'true',
        'alt-svc': 'h3="elsewhere.example:443"',
        'clear-site-data': '"cookies"',
        'service-worker-allowed': '/',
        'strict-transport-security': 'max-age=1',
        'x-reseal-reason': 'session_ended',
        'x-reseal-version': '99',
      })
      .send({ cookies: 2 }),
  );
  app.get('/echo/slow', async (request) => {
    const ms = numberOf(request.query, 'ms', { otherwise: 1000, max: 600_000 });
    await pause(ms);
    return { ms };
  });
  app.get('/echo/bytes', (request, reply) => {
    const count = numberOf(request.query, 'n', { otherwise: 1024, max: 4_294_967_296 });
    return reply.type('application/octet-stream').send(Readable.from(bytes(count), { objectMode: false }));
  });
}
