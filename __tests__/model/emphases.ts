import type { Emphasis } from './histories.ts';

/* Histories in which one kind of trouble comes thick: to find in hundreds what else takes a hundred thousand. */

export const slowIssuer: Emphasis = {
  links: ['issuer.refresh'],
  weights: {
    fault: 30,
    refresh: 20,
    login: 0,
    logout: 0,
    crash: 0,
    stall: 0,
    storeDown: 0,
    storeLost: 0,
    issuerDown: 0,
    kill: 0,
  },
  setup: { rotation: 'strict', sharesStore: true },
};
export const crowd: Emphasis = {
  links: ['store.read', 'store.acquire', 'store.commit', 'issuer.refresh', 'refresh'],
  weights: {
    fault: 30,
    refresh: 40,
    expire: 20,
    login: 0,
    logout: 0,
    crash: 0,
    stall: 0,
    storeDown: 0,
    issuerDown: 0,
    kill: 0,
  },
  pausesMs: [0, 0, 1, 5, 20, 60, 150, 400, 1000],
  setup: {
    rotation: 'strict',
    sharesStore: true,
    instances: 3,
    tabs: 3,
    hasLocks: false,
    accessTtlMs: 300_000,
  },
};
export const lostAnswers: Emphasis = {
  links: ['refresh'],
  weights: {
    fault: 20,
    refresh: 20,
    expire: 10,
    login: 0,
    logout: 0,
    crash: 0,
    stall: 0,
    storeDown: 0,
    issuerDown: 0,
    kill: 0,
  },
  setup: { rotation: 'strict', graceMs: 30_000 },
};
export const leaving: Emphasis = {
  links: ['refresh', 'issuer.refresh', 'store.commit', 'store.end', 'logout', 'login', 'proxy'],
  weights: {
    fault: 25,
    refresh: 25,
    login: 12,
    logout: 12,
    request: 20,
    crash: 0,
    stall: 0,
    storeDown: 0,
    issuerDown: 0,
    kill: 0,
  },
  pausesMs: [0, 0, 1, 5, 20, 60, 150, 400, 1000, 8000],
  setup: { rotation: 'strict', sharesStore: true },
};
export const twoTabs: Emphasis = {
  weights: { request: 40, refresh: 15, freezeTab: 5, login: 0, logout: 0, fault: 3, crash: 0, stall: 0, storeDown: 0, storeLost: 0, issuerDown: 0, kill: 0, expire: 0 },
  setup: { says: 'truth', accessTtlMs: 30_000, tabs: 3, hasCookieEvents: false, rotation: 'strict' },
}; // prettier-ignore
export const troubled: Emphasis = {
  links: ['store.commit', 'store.end', 'store.acquire', 'store.release', 'issuer.refresh'],
  weights: {
    fault: 30,
    refresh: 30,
    login: 0,
    logout: 0,
    stall: 6,
    storeDown: 6,
    crash: 0,
    issuerDown: 0,
    kill: 0,
  },
  pausesMs: [0, 1, 20, 150, 400, 1000, 3000, 8000, 20_000],
  setup: { sharesStore: true, instances: 3, tabs: 3 },
};
export const crashes: Emphasis = {
  links: ['issuer.refresh'],
  delaysMs: [4000, 9000],
  weights: {
    fault: 30,
    refresh: 30,
    crash: 20,
    login: 0,
    logout: 0,
    stall: 0,
    storeDown: 0,
    storeLost: 0,
    issuerDown: 0,
    kill: 0,
  },
  pausesMs: [0, 20, 60, 100, 1000, 20_000],
  setup: { sharesStore: true, instances: 2, tabs: 2, rotation: 'strict' },
};
export const standstills: Emphasis = {
  links: ['issuer.refresh'],
  delaysMs: [12_000, 30_000],
  spansMs: [16_000, 40_000],
  weights: {
    fault: 30,
    refresh: 40,
    stall: 25,
    request: 10,
    crash: 0,
    login: 0,
    logout: 0,
    storeDown: 0,
    storeLost: 0,
    issuerDown: 0,
    kill: 0,
  },
  pausesMs: [0, 60, 100, 100, 3000, 8000],
  setup: { sharesStore: true, instances: 2, tabs: 3 },
};

const calm = {
  login: 0,
  logout: 0,
  reload: 0,
  freezeTab: 0,
  fault: 0,
  crash: 0,
  stall: 0,
  storeDown: 0,
  storeLost: 0,
  issuerDown: 0,
  kill: 0,
  expire: 0,
};
/** One session has trouble with the issuer, and another one is refreshed beside it. */
export const twoSessions: Emphasis = {
  weights: { ...calm, refresh: 40, mood: 8, request: 4, force: 0 },
  pausesMs: [0, 20, 400, 1000, 3000, 8000, 130_000],
  setup: { sharesStore: true, hasSecondBrowser: true, tabs: 1, rotation: 'strict' },
};
/** One session is rejected for a long time, by force or by the engine. */
export const oneRejected: Emphasis = {
  weights: { ...calm, refresh: 20, force: 40, mood: 8, request: 0 },
  moods: ['rejects'],
  pausesMs: [1000, 3000, 8000, 20_000, 31_000],
  setup: { sharesStore: true, hasSecondBrowser: true, tabs: 1, rotation: 'strict' },
  steps: 40,
};
/** Upstreams with tokens of their own, which die together and apart, by time and by hand. */
export const resourceful: Emphasis = {
  links: [
    'proxy',
    'read',
    'refresh',
    'issuer.refresh',
    'upstream',
    'store.read',
    'store.commit',
    'store.acquire',
  ],
  weights: { request: 40, read: 10, expire: 12, refresh: 5, force: 0, kill: 0 },
  setup: { resources: 3 },
};
