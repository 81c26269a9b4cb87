import { cacheExchange, Client as Urql, type CombinedError, fetchExchange, gql } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { createJar, type Jar } from '../jar.ts';
import type { Call, Outcome, Peer } from './peer.ts';

const QUERY = gql`
  query Call($path: String) {
    call(path: $path)
  }
`;
const MUTATION = gql`
  mutation Call($path: String, $body: String) {
    call(path: $path, body: $body)
  }
`;

/** What a GraphQL server answers: the same, inside of `data`. */
const asGraphql =
  (jar: Jar): typeof fetch =>
  async (input, init) => {
    const response = await jar.fetch(input, init);
    const { status, headers } = response;
    const body: unknown = await response.json();
    return status === 200 ? Response.json({ data: body }) : Response.json(body, { status, headers });
  };

/** As in its README: a 401 is the error, the refresh is a fetch call, and where it fails the person is logged out. */
export const urql: Peer = {
  name: '@urql/exchange-auth',
  note: '`authExchange` between `cacheExchange` and `fetchExchange`, the refresh by `fetch`; to abort is to unsubscribe',
  tellsVersion: false,
  lacks: ['timeout in the queue', 'transform once', 'interceptors once', 'stream body'],
  create(url) {
    const jar = createJar();
    let logouts = 0;
    const client = new Urql({
      url,
      fetch: asGraphql(jar),
      preferGetMethod: false,
      exchanges: [
        cacheExchange,
        authExchange(async () => ({
          // The cookie is the browser's.
          addAuthToOperation: (operation) => operation,
          didAuthError: (error: CombinedError) => (error.response as Response | undefined)?.status === 401,
          async refreshAuth() {
            const response = await jar.fetch(`${url}/refresh`, { method: 'POST' });
            if (!response.ok) logouts += 1;
          },
        })),
        fetchExchange,
      ],
    });

    function send({ path, body, signal }: Call): Promise<Outcome> {
      const context = { url: url + path };
      const source =
        body === undefined
          ? client.query(QUERY, { path }, context)
          : client.mutation(MUTATION, { path, body: JSON.stringify(body) }, context);
      return new Promise((resolve) => {
        const { unsubscribe } = source.subscribe(({ error }) => {
          const status = (error?.response as Response | undefined)?.status ?? null;
          resolve(error ? { kind: 'failed', status, says: 'error' } : { kind: 'answered', status: 200 });
        });
        signal?.addEventListener('abort', () => {
          unsubscribe();
          resolve({ kind: 'failed', status: null, says: 'unsubscribed' });
        });
      });
    }
    return {
      send,
      get logouts() {
        return logouts;
      },
      http: null,
      close: () => jar.agent.destroy(),
    };
  },
};
