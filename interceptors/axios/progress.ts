import type { AxiosProgressEvent, InternalAxiosRequestConfig } from 'axios';
import { notify } from '../notify.ts';

/**
 * Keeps progress bars honest over a replay: they restart visibly and reach 100 % once.
 *
 * The last byte of an upload is sent, and the body of a 401 received, before it is known that the answer is a 401. So
 * the event that says 100 % waits for the answer; if the request is sent again, one that says 0 takes its place.
 *
 * @returns what to call with the answer: `again` where the request is sent once more; `undefined` without a listener
 */
export function tameProgress(config: InternalAxiosRequestConfig): ((again: boolean) => void) | undefined {
  if (!config.onUploadProgress && !config.onDownloadProgress) return undefined;
  const bars = (['onUploadProgress', 'onDownloadProgress'] as const).map((key) => {
    const report = config[key];
    if (!report) return undefined;
    let last: AxiosProgressEvent | undefined;
    let isHeld = false;
    let isOver: boolean | undefined;
    config[key] = (event) => {
      if (isOver) return; // axios throttles: an event may come after the 401
      last = event;
      isHeld = isOver === undefined && event.total !== undefined && event.loaded >= event.total;
      if (!isHeld) report(event);
    };
    return (again: boolean) => {
      config[key] = report;
      isOver = again;
      if (last && (again || isHeld))
        notify(report, again ? { ...last, loaded: 0, progress: 0, bytes: 0 } : last);
    };
  });
  return (again) => bars.forEach((bar) => bar?.(again));
}
