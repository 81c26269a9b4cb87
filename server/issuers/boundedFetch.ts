import { ourError } from '../resealError.ts';
import { peerAt, tracedCall, type TraceHeaders } from '../ops/tracing.ts';
import { fetch as undiciFetch, type Dispatcher } from 'undici';

/** More than any discovery document, key set or token answer needs. */
export const MAX_ISSUER_ANSWER_BYTES = 1024 * 1024;

export type Fetch = (url: string, init: Pick<RequestInit, 'method' | 'headers'>) => Promise<Response>;

/**
 * Makes a `fetch` whose answers are bounded after decoding.
 *
 * The bound of undici's Agent counts bytes before decompression: a megabyte on the wire may be a gigabyte in memory.
 *
 * @returns a function whose answer's body fails with `code: 'ISSUER_ANSWER_TOO_LARGE'` past the bound
 */
export function boundedFetch(dispatcher: Dispatcher, maxBytes = MAX_ISSUER_ANSWER_BYTES): Fetch {
  return async (url, init) => {
    const { method = 'GET', headers: given } = init;
    const send = async (trace: TraceHeaders) => {
      const headers = new Headers(given);
      for (const [name, value] of Object.entries(trace)) headers.set(name, value);
      return (await undiciFetch(url, { ...init, headers, dispatcher } as object)) as unknown as Response;
    };
    const called = new URL(url);
    const call = { peer: peerAt('issuer', called), method, path: called.pathname };
    const answer = await tracedCall(call, send, (one) => one.status);
    if (!answer.body) return answer;
    const { status, headers } = answer;
    return new Response(answer.body.pipeThrough(counting(maxBytes)), { status, headers });
  };
}

function counting(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) return controller.enqueue(chunk);
      const error = ourError(`The issuer sent more than ${maxBytes} bytes.`);
      controller.error(Object.assign(error, { code: 'ISSUER_ANSWER_TOO_LARGE' }));
    },
  });
}
