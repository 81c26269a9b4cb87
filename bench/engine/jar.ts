import { Agent } from 'node:http';
import { getAdapter, type AxiosAdapter, type AxiosError, type AxiosResponse } from 'axios';

/** The part of a browser that no library can see: it adds the session cookie to whatever leaves, and keeps what comes. */
export interface Jar {
  version: number;
  readonly adapter: AxiosAdapter;
  readonly fetch: typeof fetch;
  readonly agent: Agent;
}

export function createJar(): Jar {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const http = getAdapter('http');
  const keep = (setCookie: string | undefined) => {
    const version = /^session=(\d+)/.exec(setCookie ?? '')?.[1];
    if (version) jar.version = Number(version);
  };
  const keepOf = (response: AxiosResponse | undefined) =>
    keep((response?.headers['set-cookie'] as string[] | undefined)?.[0]);

  const jar: Jar = {
    version: 1,
    agent,
    adapter: async (config) => {
      config.headers.set('Cookie', `session=${jar.version}`);
      // A browser counts the bytes itself; left alone, a replay would keep the count of the first trip.
      config.headers.delete('Content-Length');
      config.httpAgent = agent;
      try {
        const response = await http(config);
        keepOf(response);
        return response;
      } catch (error) {
        keepOf((error as AxiosError).response);
        throw error;
      }
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.headers.set('Cookie', `session=${jar.version}`);
      const response = await fetch(request);
      keep(response.headers.getSetCookie()[0]);
      return response;
    },
  };
  return jar;
}
