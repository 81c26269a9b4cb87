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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('invalid_request');
  }
}

/** Reads up to the limit; what lies beyond is drained unread, so that the refusal reaches a client still sending. */
function readText(req: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (code: 'payload_too_large' | 'invalid_request') => {
      clearTimeout(timer);
      req.removeListener('data', take);
      req.resume();
      reject(new ApiError(code, { headers: { Connection: 'close' } }));
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return fail('payload_too_large');
      chunks.push(chunk);
    };
    const timer = setTimeout(() => fail('invalid_request'), PATIENCE_MS);
    if (Number(req.headers['content-length'] ?? 0) > MAX_BYTES) return fail('payload_too_large');
    req.on('data', take);
    req.once('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    req.once('error', () => fail('invalid_request'));
  });
}
