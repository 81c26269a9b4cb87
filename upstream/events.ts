import type { FastifyInstance } from 'fastify';
import type { Context } from './context.ts';
import type { NoteChange, NoteStore } from './noteStore.ts';

/** Serves `/events`: a `tick` at each interval and a `note` at each change of the caller's notes. */
export function eventRoutes(app: FastifyInstance, context: Context, store: NoteStore): void {
  const { tokens, settings, now } = context;

  app.get('/events', { exposeHeadRoute: false }, (request, reply) => {
    const { userId } = request.caller;
    const { raw } = reply;
    const send = (event: string, data: unknown) =>
      raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const sendChange = (change: NoteChange) => send('note', change);
    let ticks = 0;
    let timer: NodeJS.Timeout;
    const tick = () => {
      // An expired token does not cut a stream that began in time, but a logout does.
      if (!tokens.lives(request.caller.familyId)) {
        raw.end();
        return;
      }
      send('tick', { tick: (ticks += 1), at: new Date(now()).toISOString() });
      timer = setTimeout(tick, settings.eventsIntervalMs);
    };

    reply.hijack();
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    raw.on('close', () => {
      clearTimeout(timer);
      store.changes.off(userId, sendChange);
    });
    store.changes.on(userId, sendChange);
    tick();
  });
}
