import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from './faults.ts';
import { refuse } from './refusals.ts';

const page = '<!doctype html><title>Please wait</title><p>We are making things better for you.</p>';

/**
 * Answers (or does not answer) a call as the fault says.
 *
 * @returns false for a fault that only changes a good answer; then nothing was sent.
 */
export function misbehave(fault: Fault, request: FastifyRequest, reply: FastifyReply): boolean {
  const fail = (status: number, error: string) => {
    const seconds = fault.retryAfterSeconds ?? (status === 429 ? 1 : undefined);
    if (seconds !== undefined) reply.header('retry-after', String(seconds));
    refuse(reply, status, error);
    return true;
  };
  const take = () => {
    // From here Fastify keeps its hands off; the socket dies with the service at the latest.
    reply.hijack();
    return true;
  };

  switch (fault.kind) {
    case 'status500':
      return fail(500, 'server_error');
    case 'status502':
      return fail(502, 'bad_gateway');
    case 'status503':
      return fail(503, 'temporarily_unavailable');
    case 'status429':
      return fail(429, 'slow_down');
    case 'invalidClient':
      return fail(401, 'invalid_client');
    case 'drop':
    case 'dropBeforeRotate':
    case 'dropAfterRotate':
      request.raw.socket.destroy();
      return take();
    case 'hang':
    case 'hangAfterRotate':
      return take();
    case 'html':
      reply.type('text/html; charset=utf-8').send(page);
      return true;
    case 'emptyBody':
      reply.type('application/json').send('');
      return true;
    case 'truncatedJson':
      reply.type('application/json').send('{"access_token":"eyJhbGciOi');
      return true;
    default:
      return false;
  }
}
