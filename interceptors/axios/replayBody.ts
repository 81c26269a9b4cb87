const ONE_SHOT = ['pipe', 'getReader', 'next', Symbol.asyncIterator];

/** Reports whether a body can be read only once. Sent again it would be empty, and the server would answer 200. */
export const isOneShot = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && ONE_SHOT.some((key) => key in body);

/**
 * Copies what the caller could change or transfer while the request waits: bytes, forms, search parameters.
 *
 * Returns anything else as it is: strings, blobs and files cannot change, and a stream cannot be copied.
 *
 * @throws {TypeError} if an ArrayBuffer is detached already
 */
export function snapshot<T>(body: T): T;
export function snapshot(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || isOneShot(body)) return body;
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return (body as ArrayBuffer).slice(0);
  // Not its own `slice`: that of a Buffer shares the bytes.
  if (ArrayBuffer.isView(body) && 'slice' in body) return Uint8Array.prototype.slice.call(body);
  const { append, entries, constructor } = body as FormData;
  if (typeof append !== 'function' || typeof entries !== 'function') return body;
  const copy = new (constructor as typeof FormData)();
  for (const [name, value] of body as FormData) copy.append(name, value);
  return copy;
}

/** Tries to read the files of a body; returns the error of one that changed on disk since it was chosen. */
export async function unreadable(body: unknown): Promise<unknown> {
  const { size, values } = Object(body) as Partial<Blob & FormData>;
  const parts = size === undefined && values ? (body as FormData).values() : [body];
  try {
    for (const part of parts) await (part as Partial<Blob> | null)?.slice?.(0, 1).arrayBuffer?.();
    return undefined;
  } catch (error) {
    return error;
  }
}
