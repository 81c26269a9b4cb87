import type { AxiosProgressEvent, InternalAxiosRequestConfig } from 'axios';
import { quietly } from './quietly.ts';

/**
 * Keeps a progress bar honest over a replay: it restarts visibly and reaches 100 % once.
 *
 * The last byte of an upload is sent before anybody knows that the answer is a 401. So the event that says 100 %
 * waits for the answer; when the request is replayed instead, one that says 0 takes its place.
 *
 * @returns what to call with the first answer; `undefined` where nobody watches
 */
export function tameProgress(config: InternalAxiosRequestConfig): ((expired: boolean) => void) | undefined {
  const report = config.onUploadProgress;
  if (!report) return undefined;
  let last: AxiosProgressEvent | undefined;
  config.onUploadProgress = (event) => {
    if (event.total !== undefined && event.loaded >= event.total) last = event;
    else report(event);
  };
  return (expired) => {
    config.onUploadProgress = report;
    if (last) quietly(report, expired ? { ...last, loaded: 0, progress: 0, bytes: 0 } : last);
  };
}
