import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Agent } from 'undici';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

/** Of the length that the tokens of this bench have: a header's bytes cost the same with a session and without. */
const BEARER = `Bearer ${'a'.repeat(800)}`;
const agent = new Agent({ connections: 512 });

/** The least that a pass-through by undici can do: no guard, no rules for headers, no metrics, no abort. */
export default async function through(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const answer = await agent.request({
    origin: process.env['UPSTREAM_URL'] ?? '',
    path: req.url?.slice('/api/through'.length) ?? '/',
    method: req.method === 'POST' ? 'POST' : 'GET',
    headers: { authorization: BEARER },
    body: req.method === 'POST' ? req : null,
  });
  res.writeHead(answer.statusCode, answer.headers);
  // The load generator cuts its connections off when it is done.
  await pipeline(answer.body, res).catch(() => undefined);
}
