import axios from 'axios';
import { createAuthRefresh } from 'axios-auth-refresh';
import { createJar } from '../jar.ts';
import { sendByAxios } from './byAxios.ts';
import type { Peer } from './peer.ts';

/**
 * As in its README, the refresh made by another instance.
 *
 * @see https://github.com/Flyrell/axios-auth-refresh#usage
 */
const axiosAuthRefresh = (name: string, deduplicateRefresh: boolean): Peer => ({
  name,
  note: `\`deduplicateRefresh: ${deduplicateRefresh}\`${deduplicateRefresh ? ', its default' : ''}`,
  tellsVersion: false,
  create(url) {
    const jar = createJar();
    const defaults = { baseURL: url, adapter: jar.adapter, maxRedirects: 0 };
    const http = axios.create(defaults);
    const plain = axios.create(defaults);
    createAuthRefresh(http, () => plain.post('/refresh', {}, { skipAuthRefresh: true } as object), {
      deduplicateRefresh,
    });
    return { send: sendByAxios(http), logouts: 0, http, close: () => jar.agent.destroy() };
  },
});

export const axiosAuthRefreshDefault = axiosAuthRefresh('axios-auth-refresh', true);
export const axiosAuthRefreshEach = axiosAuthRefresh('axios-auth-refresh, no dedupe', false);
