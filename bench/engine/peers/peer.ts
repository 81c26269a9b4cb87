import type { AxiosInstance } from 'axios';

export interface Call {
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Given for the test of transforms: must run once per call. */
  readonly transform?: (body: unknown) => unknown;
}

/** What a call comes to, in one language for all libraries. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'failed'; readonly status: number | null; readonly says: string };

export interface Client {
  send(call: Call): Promise<Outcome>;
  /** How often the library's documented code would have logged the person out. */
  readonly logouts: number;
  /** The instance on which other people's interceptors live, where there is one. */
  readonly http: AxiosInstance | null;
  close(): void;
}

export interface Peer {
  readonly name: string;
  /** What stands in the table's foot about it. */
  readonly note: string;
  /** Whether the backend sends the headers of our own server. */
  readonly tellsVersion: boolean;
  /** Scenarios about what it does not have. */
  readonly lacks?: readonly string[];
  /** `refreshMs` bounds one refresh, where the library knows such a bound. */
  create(url: string, refreshMs: number): Client;
}

/** Reads any library's error. */
export function failure(error: unknown): Outcome {
  const {
    response,
    status,
    code,
    name,
    message,
    error: text,
  } = (error ?? {}) as {
    response?: { status?: number };
    status?: unknown;
    code?: unknown;
    name?: unknown;
    message?: unknown;
    error?: unknown;
  };
  const seen = response?.status ?? (typeof status === 'number' ? status : null);
  const says = [code, text, name, status, message].find((part) => typeof part === 'string') as
    string | undefined;
  return { kind: 'failed', status: seen, says: says ?? 'error' };
}
