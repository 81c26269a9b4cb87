import type { z } from 'zod';
import type { Exchange } from './exchange.ts';
import { ApiError } from './problem.ts';

const MAX_BYTES = 16 * 1024;
const PATIENCE_MS = 10_000;

type Incoming = Pick<Exchange, 'headers' | 'body'>;

/**
 * Reads a small JSON object; no body at all counts as `{}`.
 *
 * Next's own body parser is off: what it answers to malformed JSON is no problem document.
 *
 * @throws {ApiError} `invalid_request`, `payload_too_large`, `unsupported_media_type`
 */
export async function readJson<S extends z.ZodType>(exchange: Incoming, schema: S): Promise<z.infer<S>> {
  const text = await readText(exchange);
  const type = String(exchange.headers['content-type'] ?? '');
  if (text !== '' && !/^application\/json\s*(;|$)/i.test(type)) throw new ApiError('unsupported_media_type');
  const parsed = schema.safeParse(text === '' ? {} : parse(text));
  if (!parsed.success) throw new ApiError('invalid_request');
  return parsed.data;
}

/**
 * Reads a small form; no body at all counts as an empty one.
 *
 * @throws {ApiError} `invalid_request`, `payload_too_large`, `unsupported_media_type`
 */
export async function readForm(exchange: Incoming): Promise<URLSearchParams> {
  const type = String(exchange.headers['content-type'] ?? '');
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    throw new ApiError('unsupported_media_type');
  return new URLSearchParams(await readText(exchange));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('invalid_request');
  }
}

/**
 * Reads up to the limit. What lies beyond is drained unread, for a while: a connection that is closed while its
 * client still sends is reset, and the refusal is lost with it.
 */
function readText({ headers, body }: Incoming): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let refused = false;
    const refuse = (code: 'payload_too_large' | 'invalid_request', headers = {}) => {
      refused = true;
      chunks.length = 0;
      reject(new ApiError(code, { headers }));
    };
    const timer = setTimeout(() => {
      if (!refused) refuse('invalid_request', { Connection: 'close' });
      else body.destroy();
    }, PATIENCE_MS);
    timer.unref();
    if (Number(headers['content-length'] ?? 0) > MAX_BYTES) refuse('payload_too_large');
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (refused) return;
      if (bytes > MAX_BYTES) refuse('payload_too_large');
      else chunks.push(chunk);
    });
    body.once('error', () => refuse('invalid_request'));
    body.once('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}
