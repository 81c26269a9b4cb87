import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';

/** One call that a backend received. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** A backend that remembers its calls and answers as the test says. */
export interface RecordingBackend {
  readonly url: string;
  readonly received: Received[];
  /** Answers every call from now on; 200 with an empty object until then. */
  answer(how: (req: IncomingMessage, res: ServerResponse) => void): void;
  close(): Promise<void>;
}

export async function startRecordingBackend(): Promise<RecordingBackend> {
  const received: Received[] = [];
  let answer: (req: IncomingMessage, res: ServerResponse) => void = (_req, res) => res.end('{}');
  const server = await listen(
    createServer((req, res) => {
      received.push({ url: req.url ?? '', headers: req.headers });
      answer(req, res);
    }),
  );
  return { ...server, received, answer: (how) => void (answer = how) };
}
