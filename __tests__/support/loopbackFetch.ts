import { Agent, fetch as undiciFetch } from 'undici';

type Lookup = (host: string, options: object, done: (error: null, found: object[]) => void) => void;

/** Sends to this machine whatever the host is called, as a browser does that finds `*.localhost`. */
export function createLoopbackFetch(): typeof fetch {
  const lookup: Lookup = (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
  const dispatcher = new Agent({ connect: { lookup: lookup as never } });
  return ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
}
