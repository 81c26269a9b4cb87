import { createConnection, createHttp } from './connection.ts';
import { createReduxClient, type ResealClientOptions } from './reduxClient.ts';

/**
 * Makes the client of one store: the axios instance that waits for refreshes, and the middleware that carries the auth
 * core. Making it starts nothing, so that it may be made on the server, one for each request.
 *
 * @see docs/doors.md, Redux
 */
export function createResealClient(options: ResealClientOptions = {}) {
  const http = createHttp(options.http);
  const client = createReduxClient({ ...options, http }, { open: createConnection, atStart: true });
  return {
    ...client,
    /** The axios instance whose requests wait for a refresh. */
    http,
  };
}

/** A client of {@link createResealClient}. */
export type ResealClient = ReturnType<typeof createResealClient>;
