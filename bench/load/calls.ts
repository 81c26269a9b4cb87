import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export const MEGABYTE = 2 ** 20;
const block = Buffer.alloc(64 * 1024, 'x');

export interface Client {
  readonly url: string;
  readonly cookie: string;
}

/** A piece of work on the front door; resolves with how many of its requests failed. */
export type Work = (client: Client) => Promise<number>;

function open({ url, cookie }: Client, path: string, agent: Agent, upload?: number): ClientRequest {
  return request(`${url}/api/upstream${path}`, {
    agent,
    method: upload === undefined ? 'GET' : 'POST',
    headers: { 'X-Reseal': '1', Cookie: cookie, ...(upload !== undefined && { 'Content-Length': upload }) },
  });
}

const answerOf = (call: ClientRequest) =>
  new Promise<IncomingMessage>((resolve, reject) => call.once('response', resolve).once('error', reject));

/** Reads an answer to its end; tells whether it was a whole 200. */
async function whole(answer: IncomingMessage): Promise<boolean> {
  await new Promise((resolve) =>
    answer
      .resume()
      .on('error', () => undefined)
      .once('close', resolve),
  );
  return answer.statusCode === 200 && answer.complete;
}

async function failures(works: readonly Promise<boolean>[]): Promise<number> {
  const settled = await Promise.allSettled(works);
  return settled.filter((one) => one.status === 'rejected' || !one.value).length;
}

const times = <T>(count: number, work: () => T): T[] => Array.from({ length: count }, work);
const pool = (maxSockets = Infinity) => new Agent({ keepAlive: true, maxSockets });

/** So many uploads at once, each no faster than it is taken. */
export const uploads =
  (count: number, megabytes: number): Work =>
  async (client) => {
    const agent = pool();
    const one = async () => {
      const call = open(client, '/notes', agent, megabytes * MEGABYTE);
      const answer = answerOf(call);
      for (let left = megabytes * MEGABYTE; left > 0; left -= block.length)
        if (!call.write(block)) await new Promise((resolve) => call.once('drain', resolve));
      call.end();
      return whole(await answer);
    };
    return failures(times(count, one)).finally(() => agent.destroy());
  };

/** So many downloads at once. */
export const downloads =
  (count: number, megabytes: number): Work =>
  async (client) => {
    const agent = pool();
    const one = async () =>
      whole(await answerOf(open(client, `/notes?bytes=${megabytes * MEGABYTE}`, agent).end()));
    return failures(times(count, one)).finally(() => agent.destroy());
  };

/** Readers of so many long answers who stop after the first chunk, and leave after `ms`. */
export const slowReaders =
  (count: number, ms: number): Work =>
  async (client) => {
    const agent = pool();
    const one = async () => {
      const answer = await answerOf(open(client, `/notes?bytes=${64 * MEGABYTE}`, agent).end());
      answer.once('data', () => answer.pause()).on('error', () => undefined);
      await pause(ms);
      answer.destroy();
      return answer.statusCode === 200;
    };
    return failures(times(count, one)).finally(() => agent.destroy());
  };

/** So many event streams, which each bring an event at least every second until they are left. */
export const eventStreams =
  (count: number, ms: number): Work =>
  async (client) => {
    const agent = pool();
    const one = async () => {
      const answer = await answerOf(open(client, '/events', agent).end());
      let events = 0;
      answer.on('data', () => (events += 1)).on('error', () => undefined);
      await pause(ms);
      answer.destroy();
      return answer.statusCode === 200 && events >= ms / 1000;
    };
    return failures(times(count, one)).finally(() => agent.destroy());
  };

/** Clients who leave in the middle of a download; none of the requests is one that must end well. */
export const aborts =
  (count: number, atOnce: number): Work =>
  async (client) => {
    const agent = pool();
    const one = async () => {
      for (let done = 0; done < count / atOnce; done += 1) {
        const answer = await answerOf(open(client, `/notes?bytes=${16 * MEGABYTE}`, agent).end());
        answer.on('error', () => undefined);
        await new Promise((resolve) => answer.once('data', resolve));
        answer.destroy();
      }
      return true;
    };
    return failures(times(atOnce, one)).finally(() => agent.destroy());
  };

/** Short requests over so many connections. */
export const requests =
  (connections: number, each: number): Work =>
  async (client) => {
    const agent = pool(connections);
    const one = async () => {
      let ok = 0;
      for (let done = 0; done < each; done += 1)
        ok += Number(await whole(await answerOf(open(client, '/notes', agent).end())));
      return each - ok;
    };
    const lost = await Promise.allSettled(times(connections, one));
    agent.destroy();
    return lost.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : each), 0);
  };
