import type { InternalAxiosRequestConfig } from 'axios';

/** Joins `baseURL` and `url` as axios does, without the parameters. */
export function requestUrl({ url = '', baseURL, allowAbsoluteUrls }: InternalAxiosRequestConfig): string {
  const absolute = /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url) && allowAbsoluteUrls !== false;
  if (!baseURL || absolute) return url;
  return url ? `${baseURL.replace(/\/?\/$/, '')}/${url.replace(/^\/+/, '')}` : baseURL;
}

/** Tells whether `url` is of the page's own origin; without a page there is no other. */
export function isOurs(url: string): boolean {
  if (typeof location === 'undefined') return true;
  try {
    return new URL(url, location.href).origin === location.origin;
  } catch {
    return false;
  }
}
