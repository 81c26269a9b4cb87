/**
 * Answers the headers of the request for which Next runs server code now: a server component, an action, a route.
 *
 * It makes what calls it dynamic; outside of such code it rejects.
 *
 * @see https://nextjs.org/docs/app/api-reference/functions/headers
 */
export async function currentHeaders(): Promise<Headers> {
  const { headers } = await import('next/headers.js');
  return headers();
}

/**
 * Waits for a request: with `cacheComponents` Next tries `GET` routes while it builds.
 *
 * @see https://nextjs.org/docs/app/api-reference/functions/connection
 */
export async function untilRequest(): Promise<void> {
  const { connection } = await import('next/server.js');
  await connection();
}
