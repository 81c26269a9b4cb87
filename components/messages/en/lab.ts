import type { RefreshBar, TrafficPhase } from '../../../store/trafficSlice.ts';

const phases: Record<TrafficPhase, string> = {
  sent: 'sent',
  expired: '401',
  waiting: 'waiting',
  replayed: 'replayed',
  answered: 'answered',
  failed: 'failed',
};

const faultKinds = {
  none: 'not at all',
  status500: 'answering 500',
  status503: 'answering 503',
  status429: 'answering 429',
  unauthorized: 'answering 401 to a good token',
  dropBeforeRotate: 'dropping the connection before the refresh',
  dropAfterRotate: 'dropping the connection after the refresh',
  drop: 'dropping the connection',
  hang: 'hanging',
  slow: 'answering a second late',
  html: 'answering HTML',
  expiresInMissing: 'not telling expires_in',
  expiresInHuge: 'telling a wrong expires_in',
};

const counters = {
  refreshCalls: 'Refreshes asked for',
  refreshesGranted: 'Refreshes granted',
  reuseDetections: 'Tokens presented twice',
  apiCalls: 'Calls',
  apiUnauthorized: 'Calls answered 401',
};

const refreshOutcome: Record<NonNullable<RefreshBar['outcome']>, string> = {
  refreshed: 'done',
  overtaken: 'overtaken by a login or another tab',
  failed: 'failed, session kept',
  ended: 'session ended',
};

/** The lab's sentences. */
export const lab = {
  title: 'Lab',
  lead: 'Let the access token die, send a burst, and watch one refresh carry all of it.',
  burst: 'Burst',
  path: 'Path',
  pathHint: 'Behind the proxy, for instance notes or echo/hello',
  method: 'Method',
  requests: 'Requests',
  send: 'Send burst',
  sending: 'Sending…',
  summary: (succeeded: number, failed: number, refreshes: number) =>
    `${succeeded} succeeded, ${failed} failed, ${refreshes} refreshes`,
  controls: 'Upstream controls',
  controlsLead: 'How the embedded upstream behaves, to everybody who uses it.',
  controlsNone: 'This upstream has no controls; bursts work all the same.',
  expire: 'Expire the access token',
  expired: 'The access token is dead now. Send a burst.',
  reset: 'Reset',
  wasReset: 'The upstream behaves as at its start.',
  saved: 'Applied.',
  apply: 'Apply',
  ttl: 'Access token lives (seconds)',
  ttlHint: 'From the next login or refresh on.',
  refreshLatency: 'A refresh takes (ms)',
  apiLatency: 'Any other call takes (ms)',
  refreshFault: 'Refreshes fail by',
  apiFault: 'Other calls fail by',
  times: 'How often',
  always: 'always',
  faultKinds,
  stats: 'What the upstream counted',
  countAgain: 'Count again',
  counters,
  timeline: 'Timeline',
  timelineEmpty: 'Nothing sent yet. Every request of this tab appears here.',
  pause: 'Pause',
  resume: 'Resume',
  clear: 'Clear',
  newTab: 'Open a second tab',
  phases,
  refreshBar: 'refresh',
  drawing: (rows: number, bars: number) =>
    `${rows} requests and ${bars} ${bars === 1 ? 'refresh' : 'refreshes'} over time; the table below says the same in words.`,
  asTable: 'The same as a table',
  columns: {
    request: 'Request',
    at: 'Sent at',
    life: 'What happened',
    outcome: 'Answer',
    refresh: 'Refresh',
  },
  refreshOutcome,
  running: 'running',
  noRow:
    'One row a request, one bar a refresh. Point at a row, or go through them with the arrow keys, to read what happened to it.',
  exportJson: 'Export as JSON',
  rows: 'Timeline rows',
};

/** What a language has to say in the lab: a sentence that another one lacks does not compile. */
export type LabMessages = typeof lab;
