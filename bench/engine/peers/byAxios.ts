import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import { failure, type Call, type Outcome } from './peer.ts';

/** Sends calls through an axios instance, as an app would write it. */
export const sendByAxios =
  (http: AxiosInstance) =>
  ({ path, body, signal, timeoutMs, transform }: Call): Promise<Outcome> => {
    const config: AxiosRequestConfig = {
      url: path,
      method: body === undefined ? 'get' : 'post',
      data: body,
      ...(signal ? { signal } : {}),
      ...(timeoutMs ? { timeout: timeoutMs } : {}),
      ...(transform ? { transformRequest: [transform] } : {}),
    };
    return http.request(config).then(({ status }) => ({ kind: 'answered', status }), failure);
  };
