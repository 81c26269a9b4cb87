import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { REASON_HEADER, VERSION_HEADER } from '../../contract/headers.ts';
import { PROBLEMS, type ProblemCode } from '../../contract/problem.ts';

/** Creates an answer: a problem where there is a `code`, else a 200 with `data`. */
export function answer(
  config: InternalAxiosRequestConfig,
  code: ProblemCode | null,
  version?: number,
  data = '',
): AxiosResponse {
  const headers = new AxiosHeaders();
  if (code) headers.set(REASON_HEADER, code);
  if (code && version) headers.set(VERSION_HEADER, String(version));
  return {
    config,
    status: code ? PROBLEMS[code].status : 200,
    statusText: '',
    headers,
    data: code ? JSON.stringify({ code }) : data,
  };
}

/** Settles as axios's own adapters do. */
export function settle(response: AxiosResponse): AxiosResponse {
  const { config, status } = response;
  if (config.validateStatus?.(status) ?? true) return response;
  throw new AxiosError(
    `Request failed with status code ${status}`,
    'ERR_BAD_REQUEST',
    config,
    null,
    response,
  );
}

/** Creates the error by which the server refuses a refresh. */
export function refusal(code: ProblemCode, headers: Record<string, string> = {}): AxiosError {
  const config = { headers: new AxiosHeaders() };
  const response = answer(config, code);
  for (const [name, value] of Object.entries(headers)) response.headers[name] = value;
  return new AxiosError(code, 'ERR_BAD_RESPONSE', config, null, response);
}
