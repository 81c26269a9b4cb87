import type { AxiosError } from 'axios';
import axios, { type InternalAxiosRequestConfig } from 'axios';

// The interceptor as it is often written by hand: tokens in localStorage, one flag, one queue. No part of the app any more.
export const http = axios.create({ baseURL: process.env['NEXT_PUBLIC_API_URL'] ?? '' });

let isRefreshing = false;
let queue: { resolve: () => void; reject: (error: unknown) => void }[] = [];

http.interceptors.request.use((config) => {
  config.headers.set('Authorization', `Bearer ${localStorage.getItem('access_token')}`);
  return config;
});

http.interceptors.response.use(undefined, async (error: AxiosError) => {
  const config = error.config as (InternalAxiosRequestConfig & { _retry?: boolean }) | undefined;
  if (!config || error.response?.status !== 401 || config._retry) throw error;
  config._retry = true;
  if (isRefreshing) {
    await new Promise<void>((resolve, reject) => queue.push({ resolve, reject }));
    return http(config);
  }
  isRefreshing = true;
  try {
    const body = { refresh_token: localStorage.getItem('refresh_token') };
    const { data } = await axios.post(`${http.defaults.baseURL}/auth/refresh`, body);
    localStorage.setItem('access_token', data.access_token);
    localStorage.setItem('refresh_token', data.refresh_token);
    queue.forEach(({ resolve }) => resolve());
    return http(config);
  } catch (refused) {
    queue.forEach(({ reject }) => reject(refused));
    localStorage.clear();
    location.assign('/');
    throw refused;
  } finally {
    queue = [];
    isRefreshing = false;
  }
});

export async function login(username: string, password: string): Promise<void> {
  const { data } = await axios.post(`${http.defaults.baseURL}/auth/login`, { username, password });
  localStorage.setItem('access_token', data.access_token);
  localStorage.setItem('refresh_token', data.refresh_token);
}

export async function logout(): Promise<void> {
  const body = { refresh_token: localStorage.getItem('refresh_token') };
  localStorage.clear();
  await axios.post(`${http.defaults.baseURL}/auth/logout`, body);
}
