import { createServer } from 'node:http';
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { createReseal, fromEnv } from '../../server/index.ts';
import { askFor, forward, forwardByFetch, forwardRequest } from './bare.ts';

/* One host app: `node bench/doors/host.ts <framework> reseal|bare|fetch`, each mounted as docs/doors.md shows it. */

const [framework = '', what = ''] = process.argv.slice(2);
const at = { port: Number(process.env['PORT']), hostname: '127.0.0.1', backlog: 2048 };
const PATH = '/api/upstream/notes';
const reseal = createReseal(fromEnv());

const HOSTS: Readonly<Record<string, () => unknown>> = {
  'node reseal': () => createServer((req, res) => void reseal.middleware(req, res)).listen(where()),
  'node bare': () => createServer((req, res) => void forward(req, res)).listen(where()),
  'express reseal': () => express().use(reseal.middleware).listen(at.port, at.hostname, at.backlog, failed),
  'express bare': () => express().get(PATH, forward).listen(at.port, at.hostname, at.backlog, failed),
  'fastify reseal': () => {
    const app = Fastify();
    app.addHook('onRequest', (request, reply, done) => {
      void reseal.middleware(request.raw, reply.raw, done as (error?: unknown) => void);
    });
    return app.listen(where());
  },
  'fastify bare': () =>
    Fastify()
      .get(PATH, async (request, reply) => {
        const { status, headers, body } = await askFor(request.raw);
        return reply.code(status).headers(headers).send(body);
      })
      .listen(where()),
  'hono reseal': () =>
    hono((app) =>
      app.all('/api/*', (c) => reseal.fetch(c.req.raw, { remoteAddress: getConnInfo(c).remote.address })),
    ),
  'hono bare': () => hono((app) => app.get(PATH, (c) => forwardRequest(c.req.raw))),
  'hono fetch': () => hono((app) => app.get(PATH, (c) => forwardByFetch(c.req.raw))),
};

const where = () => ({ port: at.port, host: at.hostname, backlog: at.backlog });

function hono(mount: (app: Hono) => unknown): unknown {
  const app = new Hono();
  mount(app);
  return serve({ fetch: app.fetch, port: at.port, hostname: at.hostname });
}

function failed(error?: Error): void {
  if (error) throw error;
}

const start = HOSTS[`${framework} ${what}`];
if (!start) throw new Error(`There is no host "${framework} ${what}".`);
await start();
