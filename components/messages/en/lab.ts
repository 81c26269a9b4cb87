import type { RefreshBar, TrafficPhase } from '../../../store/demo/trafficRows.ts';
import type { NaiveSummary } from '../../timeline/naive.ts';

const refreshesOf = (n: number) => (n === 1 ? '1 refresh' : `${n} refreshes`);

const phases: Record<TrafficPhase, string> = {
  inBrowser: 'waiting in the browser',
  sent: 'sent',
  expired: '401',
  waiting: 'waiting for the refresh',
  replayed: 'replayed',
  answered: 'answered',
  failed: 'failed',
};

const faultKinds = {
  none: 'no fault',
  status500: '500 error',
  status503: '503 error',
  status429: '429 error',
  unauthorized: '401 for a valid token',
  dropBeforeRotate: 'connection lost before rotation',
  dropAfterRotate: 'answer lost after rotation',
  drop: 'connection lost',
  hang: 'no answer',
  slow: 'one second late',
  html: 'HTML instead of JSON',
  expiresInMissing: 'expires_in missing',
  expiresInHuge: 'expires_in far too large',
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
  lead: 'Expire the access token, send many requests at once, and watch one refresh serve them all.',
  burst: 'Burst',
  path: 'Path',
  pathHint: 'A path of the backend, such as /notes or /echo/hello',
  method: 'Method',
  requests: 'Requests',
  send: 'Send burst',
  sending: 'Sending…',
  expireAndSend: (count: string) => `Expire and send ${count}`,
  compare: 'Also without Reseal',
  summary: (succeeded: number, failed: number, refreshes: number) =>
    `${succeeded} succeeded, ${failed} failed, ${refreshesOf(refreshes)}`,
  presetsTitle: 'Try:',
  presets: {
    happy: { name: 'Happy path', hint: 'The refresh takes 400 ms.' },
    slow: { name: 'Slow issuer', hint: 'The refresh takes 3 seconds.' },
    outage: { name: 'Short outage', hint: 'The first two refreshes fail with 503.' },
    lost: {
      name: 'Lost answer',
      hint: 'The issuer rotates the refresh token, and its first answer is lost.',
    },
    tabs: { name: 'Two tabs', hint: 'Opens a second tab and sends from both at once.' },
  },
  outageOn: 'Outage on.',
  outageOff: 'Turn off',
  outageOf: (scope: string, fault: string, times: number | null) =>
    `${scope === 'api' ? 'Calls' : scope[0]?.toUpperCase() + scope.slice(1)}: ${fault}, ${times === null ? 'until you turn it off' : times === 1 ? 'once more' : `${times} more times`}.`,
  controls: 'Sample backend',
  controlsLead: 'How the sample backend behaves. The settings apply to all its users.',
  controlsNone: 'This upstream has no controls; bursts work all the same.',
  expire: 'Expire the access token',
  expired: 'The access token has expired. Send a burst.',
  reset: 'Reset',
  wasReset: 'The sample backend is back to its initial settings.',
  saved: 'Applied.',
  apply: 'Apply',
  ttl: 'Access token lives (seconds)',
  ttlHint: 'From the next login or refresh on.',
  refreshLatency: 'A refresh takes (ms)',
  apiLatency: 'Any other call takes (ms)',
  refreshFault: 'Fault of refreshes',
  apiFault: 'Fault of other calls',
  times: 'How often',
  always: 'always',
  faultKinds,
  stats: 'Counted by the sample backend',
  countAgain: 'Count again',
  counters,
  timeline: 'Timeline',
  timelineEmpty: 'Nothing sent yet. Every request of this browser’s tabs appears here.',
  pause: 'Pause',
  resume: 'Resume',
  clear: 'Clear',
  newTab: 'Open a second tab',
  phases,
  refreshBar: 'refresh',
  drawing: (rows: number, bars: number) =>
    `${rows} requests and ${refreshesOf(bars)} over time. The table below has the same content.`,
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
    'Each row is a request, each bar a refresh. Point at a row, or use the arrow keys, to read what happened to it.',
  exportJson: 'Export as JSON',
  copyImage: 'Copy as image',
  imageCopied: 'The picture is on the clipboard.',
  imageSaved: 'The browser does not allow copying; the picture is saved as a file.',
  openFile: 'Open a file',
  opened: (name: string) => `Replaying ${name}.`,
  notATimeline: (name: string) => `${name} is not an exported timeline.`,
  closeFile: 'Back to this browser',
  replay: 'Replay',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  newestOf: (shown: number, total: number) => `The newest ${shown} of ${total} requests.`,
  otherTab: 'another tab',
  withReseal: 'With Reseal',
  withoutReseal: 'Without Reseal',
  naiveSummary: ({ succeeded, failed, refreshes, sessionLost }: NaiveSummary) =>
    `${succeeded} succeeded, ${failed} failed, ${refreshesOf(refreshes)}${sessionLost ? ': session lost' : ''}`,
  naiveBar: ({ refreshes, sessionLost }: NaiveSummary) =>
    sessionLost ? `${refreshesOf(refreshes)} · session lost` : refreshesOf(refreshes),
  naiveHint:
    'The same burst through an interceptor that refreshes on each 401, run against a second sample backend with a session of its own.',
  failures: 'Failures',
  failed: (count: number, outcome: string) =>
    `${count} failed: ${/^\d+$/.test(outcome) ? `status ${outcome}` : outcome}.`,
  rows: 'Timeline rows',
};

/** What a language has to say in the lab: a sentence that another one lacks does not compile. */
export type LabMessages = typeof lab;
