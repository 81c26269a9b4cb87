import {
  context,
  createContextKey,
  isSpanContextValid,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { REASON_HEADER } from '../../contract/headers.ts';
import type { Exchange, Handler, Reply } from '../http/exchange.ts';
import { describeError, type ErrorDescription } from './log.ts';

/*
 * Spans for OpenTelemetry, where the process has registered a provider; without one each function here hands on at
 * once. No attribute holds a token, a cookie, a query or a person's name: of an error only its code or its name counts.
 *
 * Names and attributes follow the semantic conventions for HTTP spans, but for a 4xx of a call: to the proxy, and to a
 * refresh, that is an answer and no error. @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */

/** The key under which the SDK reads that no further span is wanted. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
/** The status that stands for a client that has gone; nothing was sent. */
const CLIENT_GONE = 499;

/** Where calls go. */
export interface Peer {
  readonly name: 'upstream' | 'issuer';
  readonly address: string;
  readonly port: number;
}

/** Headers that name a span to another server; none without a provider. */
export type TraceHeaders = Readonly<Record<string, string>>;

/** One call of another server. */
export interface TracedCall {
  readonly peer: Peer;
  readonly method: string;
  /** Path of the address; a query is cut off. */
  readonly path: string;
}

export function peerAt(name: Peer['name'], { hostname, port, protocol }: URL): Peer {
  return { name, address: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

/**
 * Gives each request a span: the child of the host's own span for it, where there is one, or of the span that the
 * request's `traceparent` names. It lasts until the whole reply was read. @see W3C Trace Context
 */
export function traced(handle: Handler, routeOf: (path: string) => string | undefined): Handler {
  return (exchange) => {
    const active = context.active();
    const parent = trace.getSpan(active) ? active : propagation.extract(active, exchange.headers);
    const path = withoutQuery(exchange.target);
    const route = routeOf(path);
    const attributes = {
      'http.request.method': exchange.method,
      ...(path.startsWith('/') ? { 'url.path': path } : {}),
      ...(route === undefined ? {} : { 'http.route': route }),
    };
    const name = route === undefined ? exchange.method : `${exchange.method} ${route}`;
    return inSpan({ name, kind: SpanKind.SERVER, attributes }, () => handle(exchange), endReply, parent);
  };
}

/**
 * Gives a call of another server a span, which ends when the head of its answer is there.
 *
 * @param statusOf reads the status of an answer; `null` where the caller gave the call up
 */
export function tracedCall<T>(
  { peer, method, path }: TracedCall,
  send: (headers: TraceHeaders) => Promise<T>,
  statusOf: (answer: T) => number | null,
): Promise<T> {
  const attributes = {
    'http.request.method': method,
    'url.path': withoutQuery(path),
    'server.address': peer.address,
    'server.port': peer.port,
  };
  const run = () => {
    const current = context.active();
    const headers: Record<string, string> = {};
    // What a browser put into its baggage is no concern of the issuer.
    propagation.inject(peer.name === 'issuer' ? propagation.deleteBaggage(current) : current, headers);
    // An instrumentation of undici would make a second span, with the query in it, and a second `traceparent`.
    return context.with(current.setValue(SUPPRESS_TRACING, true), () => send(headers));
  };
  const end = (span: Span, answer: T) => {
    const status = statusOf(answer);
    if (status !== null) setStatus(span, status);
    span.end();
  };
  return inSpan({ name: `${method} ${peer.name}`, kind: SpanKind.CLIENT, attributes }, run, end);
}

/** Gives a refresh a span, with the kind of its outcome; one that keeps the session without a new pair is an error. */
export function tracedRefresh<T extends { readonly kind: string }>(
  attributes: Attributes,
  refresh: () => Promise<T>,
): Promise<T> {
  return inSpan({ name: 'refresh', attributes }, refresh, (span, { kind }) => {
    span.setAttribute('reseal.refresh.outcome', kind);
    if (kind === 'transient' || kind === 'client refused') setError(span, kind.replace(' ', '_'));
    span.end();
  });
}

/** Replaces the headers that name a span in a list of names and values in turn, as a request has them. */
export function withTrace(headers: string[], injected: TraceHeaders): string[] {
  const added = Object.entries(injected).flat();
  if (added.length === 0) return headers;
  const replaced = new Set(propagation.fields().map((field) => field.toLowerCase()));
  const kept = headers.filter((_, at) => !replaced.has((headers[at - (at % 2)] ?? '').toLowerCase()));
  return [...kept, ...added];
}

/** Runs work within a span; `end` ends it, a rejection does so as an error. */
function inSpan<T>(
  { name, ...options }: SpanOptions & { readonly name: string },
  work: () => Promise<T>,
  end: (span: Span, result: T) => void,
  parent: Context = context.active(),
): Promise<T> {
  // Asked for each time: a provider may be registered late, and by another copy of the API.
  const span = trace.getTracer('reseal').startSpan(name, options, parent);
  if (!isSpanContextValid(span.spanContext())) return work();
  return context.with(trace.setSpan(parent, span), work).then(
    (result) => {
      end(span, result);
      return result;
    },
    (error: unknown) => {
      const described = describeError(error);
      setError(span, codeOf(described) ?? described.name);
      span.end();
      throw error;
    },
  );
}

/** Ends the span of a request: with its reply, or when the last byte of a stream was read. */
function endReply(span: Span, { status, headers, body }: Reply): void {
  setStatus(span, status, String(headers[REASON_HEADER] ?? status));
  if (body === null || typeof body === 'string') span.end();
  // A client that leaves closes the stream without an error.
  else body.once('error', () => setError(span, 'answer_cut')).once('close', () => span.end());
}

function setStatus(span: Span, status: number, type = String(status)): void {
  if (status !== CLIENT_GONE) span.setAttribute('http.response.status_code', status);
  if (status >= 500) setError(span, type);
}

function setError(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The code of the innermost cause that has one. */
function codeOf({ code, cause }: ErrorDescription): string | undefined {
  return (cause && codeOf(cause)) ?? code;
}

function withoutQuery(target: Exchange['target']): string {
  const end = target.indexOf('?');
  return end < 0 ? target : target.slice(0, end);
}
