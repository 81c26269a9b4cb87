import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { createReseal, fromEnv } from 'reseal/server';

const reseal = createReseal({ ...fromEnv(), upstreamPaths: ['/notes', '/me'] });

const app = new Hono();
// The address lets the login throttle tell clients apart.
app.all('/api/*', (c) => reseal.fetch(c.req.raw, { remoteAddress: getConnInfo(c).remote.address }));
app.get('/greeting', async (c) => {
  const session = await reseal.getSession(c.req.raw);
  return c.text(session ? `Hello ${session.user.name}` : 'Hello');
});
app.use(serveStatic({ root: 'dist' }));
serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000) });
