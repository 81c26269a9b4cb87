import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** One HTTP request, independent of the server that received it. */
export interface Exchange {
  readonly method: string;
  /** Path and query as the client sent them: not decoded, not normalised. */
  readonly target: string;
  /** Header values by lower-case name. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  /** The request body; a request without one ends at once. */
  readonly body: Readable;
  /** Makes the body anew; only where it is held in memory. */
  readonly freshBody?: () => Readable;
  /** The address of the peer of the connection; `undefined` where the host does not say. */
  readonly remoteAddress: string | undefined;
  /** Goes into the log and on to issuer and upstream as `X-Request-Id`. */
  readonly requestId: string;
  /** Registers what happens when the client closes the connection before it has the whole reply. */
  readonly onClientGone: (listener: () => void) => void;
}

/** What a handler answers; an adapter writes it. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** `Set-Cookie` values, added to those that the host application sets. */
  readonly cookies?: readonly string[];
  /** A stream is sent as it comes, with back-pressure; one that breaks off cuts the connection. */
  readonly body: string | Readable | null;
}

/** Answers one request, or throws an `ApiError`. */
export type Handler = (exchange: Exchange) => Promise<Reply>;
