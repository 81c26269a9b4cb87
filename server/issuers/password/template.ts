import type { CallOptions } from '../issuer.ts';
import type { Dialect, DialectCall, Template } from './dialect.ts';

/** What a dialect's `$names` stand for. */
export interface Values {
  readonly username?: string;
  readonly password?: string;
  readonly refreshToken?: string | null;
  readonly accessToken?: string;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly apiKey?: string | undefined;
}

/** Headers and body of a call, in the form that undici takes. */
export interface Message {
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Fills in a dialect's call. */
export function messageOf(
  dialect: Dialect,
  call: DialectCall,
  values: Values,
  options: CallOptions,
): Message {
  const fields = call.body && fillFields(call.body, values);
  const isForm = call.encoding === 'form';
  const token = call.bearer && values[call.bearer];
  const headers = {
    ...(fields ? { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' } : {}),
    ...headersOf(dialect, values, options),
    ...fillHeaders(call.headers, values),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  if (!fields) return { headers };
  const form = () => new URLSearchParams(fields as Record<string, string>).toString();
  return { headers, body: isForm ? form() : JSON.stringify(fields) };
}

/** The headers of every call of a dialect. */
export function headersOf(
  dialect: Dialect,
  values: Values,
  { requestId }: CallOptions,
): Record<string, string> {
  return {
    accept: 'application/json',
    ...fillHeaders(dialect.headers, values),
    ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
  };
}

/** Where a call goes. */
export interface Target {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** The path of the address as the dialect writes it: without the values, which may be secrets. */
  readonly path: string;
}

/** The method and the address of a call: `POST /path`, an absolute address, or a path below the base address. */
export function targetOf(called: string, baseUrl: URL, values: Values): Target {
  const [, method = 'POST', rest = called] = /^(?:(GET|POST|PUT|DELETE) )?(.+)$/.exec(called) ?? [];
  const base = baseUrl.href.replace(/\/$/, '');
  const absolute = (target: string) => (/^https?:\/\//.test(target) ? target : base + target);
  return {
    method: method as Target['method'],
    url: absolute(fill(rest, values, encodeURIComponent) ?? rest),
    path: new URL(absolute(rest)).pathname,
  };
}

/** Replaces the `$names` of a text; `null` when the text is one `$name` that has no value. */
function fill(text: string, values: Values, encode = (value: string) => value): string | null {
  if (/^\$\w+$/.test(text)) {
    const value = values[text.slice(1) as keyof Values];
    return value === undefined || value === null || value === '' ? null : encode(value);
  }
  return text.replace(/\$(apiKey|clientId|clientSecret)\b/g, (_, name: keyof Values) =>
    encode(values[name] ?? ''),
  );
}

function fillHeaders(headers: Readonly<Record<string, string>> = {}, values: Values): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), fill(value, values)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as Record<string, string>;
}

function fillFields(template: Template, values: Values): Record<string, unknown> {
  const entries = Object.entries(template).map(([field, value]) => {
    if (typeof value === 'object') return [field, fillFields(value, values)];
    return [field, typeof value === 'string' ? fill(value, values) : value];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as Record<string, unknown>;
}
