import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';

/** Answers an error in the shape of OAuth, which all of this service speaks. @see RFC 6749 §5.2 */
export function refuse(
  reply: FastifyReply,
  status: number,
  error: string,
  description?: string,
): FastifyReply {
  return reply.code(status).send({ error, ...(description && { error_description: description }) });
}

/** Answers a 401 that names what is wrong with the bearer token, or only asks for one. @see RFC 6750 §3.1 */
export function refuseBearer(
  reply: FastifyReply,
  error?: 'invalid_token' | 'insufficient_scope',
): FastifyReply {
  reply.header('www-authenticate', error ? `Bearer error="${error}"` : 'Bearer');
  return refuse(reply, 401, error ?? 'unauthorized');
}

// Ajv's own sentences leave out what the caller needs to correct the call.
function explain({ validation, validationContext, message }: FastifyError): string {
  const [first] = validation ?? [];
  if (!first) return message;
  const where = `${validationContext ?? 'body'}${first.instancePath.replaceAll('/', '.')}`;
  const allowed = first.params['allowedValues'];
  const unknown = first.params['additionalProperty'];
  const more = Array.isArray(allowed)
    ? `: ${allowed.join(', ')}`
    : typeof unknown === 'string'
      ? `: ${unknown}`
      : '';
  return `${where} ${first.message ?? 'is not valid'}${more}`;
}

const codes: Readonly<Record<number, string>> = {
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
};

/** Makes every failure a JSON answer; internal causes are not shown. */
export function answerFailuresAsJson(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'not_found'));
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 400 || status >= 500) return refuse(reply, 500, 'server_error');
    return refuse(reply, status, codes[status] ?? 'invalid_request', explain(error));
  });
}
