import type { InternalAxiosRequestConfig } from 'axios';

/** Joins `baseURL` and `url` as axios does, without the parameters. */
export const requestUrl = ({ url = '', baseURL = '' }: InternalAxiosRequestConfig): string =>
  !baseURL || /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url)
    ? url
    : baseURL.replace(/\/?$/, url && '/') + url.replace(/^\/+/, '');

/** Tells whether `url` is of the page's own origin; without a page there is no other. */
export const isOurs = (url: string): boolean =>
  typeof location === 'undefined' || new URL(url, location.href).origin === location.origin;
