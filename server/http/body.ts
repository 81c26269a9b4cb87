import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { ApiError } from './problem.ts';

const MAX_BYTES = 16 * 1024;
const PATIENCE_MS = 10_000;

/**
 * Reads a small JSON object; no body at all counts as `{}`.
 *
 * Next's own body parser is off: what it answers to malformed JSON is no problem document.
 *
 * @throws {ApiError} `invalid_request`, `payload_too_large`, `unsupported_media_type`
 */
export async function readJson<S extends z.ZodType>(req: IncomingMessage, schema: S): Promise<z.infer<S>> {
  const text = await readText(req);
  const type = String(req.headers['content-type'] ?? '');
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
export async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  const type = String(req.headers['content-type'] ?? '');
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    throw new ApiError('unsupported_media_type');
  return new URLSearchParams(await readText(req));
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
function readText(req: IncomingMessage): Promise<string> {
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
      else if (!req.complete) req.socket.destroy();
    }, PATIENCE_MS);
    timer.unref();
    if (Number(req.headers['content-length'] ?? 0) > MAX_BYTES) refuse('payload_too_large');
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (refused) return;
      if (bytes > MAX_BYTES) refuse('payload_too_large');
      else chunks.push(chunk);
    });
    req.once('error', () => refuse('invalid_request'));
    req.once('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}
