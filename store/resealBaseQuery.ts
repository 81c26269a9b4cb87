import type { BaseQueryFn } from '@reduxjs/toolkit/query';
import { toApiError, type ApiError } from './apiError.ts';
import { partsOf, type UpstreamRequest } from './authParts.ts';

/** The error of a query. `data` is the body of an answer of the upstream itself, such as its list of wrong fields. */
export interface QueryError extends ApiError {
  readonly data?: unknown;
}

/**
 * The base query for RTK Query: it sends through the axios instance of the client that the store belongs to, so that an
 * endpoint waits for a refresh like any other caller and never sees the 401. Arguments as for `fetchBaseQuery`.
 *
 * @see https://redux-toolkit.js.org/rtk-query/api/fetchBaseQuery
 */
export const resealBaseQuery =
  ({ baseUrl = '/api/upstream' }: { readonly baseUrl?: string } = {}): BaseQueryFn<
    string | UpstreamRequest,
    unknown,
    QueryError
  > =>
  async (args, { dispatch, signal }) => {
    const request = typeof args === 'string' ? { url: args } : args;
    const { send } = partsOf(dispatch);
    try {
      return { data: (await send({ ...request, url: joined(baseUrl, request.url) }, signal)) ?? null };
    } catch (thrown) {
      return { error: { ...toApiError(thrown), ...upstreamData(thrown) } };
    }
  };

const joined = (base: string, url: string): string => `${base.replace(/\/$/, '')}/${url.replace(/^\//, '')}`;

/** The body where the upstream wrote it; a problem document of the server has its code instead. */
function upstreamData(thrown: unknown): Pick<QueryError, 'data'> {
  const { response } = thrown as {
    readonly response?: { readonly data?: unknown; readonly headers?: Readonly<Record<string, unknown>> };
  };
  const isOurs = response?.headers?.['x-reseal-reason'] !== undefined;
  return !response?.data || isOurs ? {} : { data: response.data };
}
