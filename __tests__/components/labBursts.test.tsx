/** @jest-environment jsdom */
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { LabBench } from '../../components/lab/LabBench.tsx';
import type { LabChange, LabFault, LabState } from '../../services/lab.ts';
import { problem, type Call } from '../store/backend.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { renderWithStore } from './renderWithStore.tsx';

const NO_FAULTS = { login: [], refresh: [], logout: [], api: [] };

/** The fake backend with the lab's controls, which answer whatever token is presented. */
function startLab() {
  const app = startSignedInApp('ada', { lab: true });
  const { backend } = app;
  const lab = {
    latencyMs: { login: 0, refresh: 400, api: 40 },
    faults: NO_FAULTS as Record<string, readonly LabFault[]>,
  };
  const state = (): LabState => ({
    settings: { accessTtlSeconds: 10, latencyMs: lab.latencyMs },
    faults: lab.faults as LabState['faults'],
    stats: {},
  });
  const answer = backend.answer.bind(backend);
  backend.answer = (call: Call) => {
    const [, control] = /^\/api\/upstream\/lab(\/\w+)?$/.exec(call.path) ?? [];
    if (!call.path.startsWith('/api/upstream/lab')) return answer(call);
    if (!backend.jar) return problem('no_session');
    if (control === '/expire') backend.expire();
    if (control === '/naive') return { status: 200, data: naiveRun };
    if (call.method === 'PATCH') lab.faults = { ...lab.faults, ...(call.body as LabChange).faults };
    return { status: 200, data: state() };
  };
  return { app, backend, lab };
}

const naiveRun = {
  requests: Array.from({ length: 3 }, () => ({
    method: 'GET',
    path: '/notes',
    outcome: '401',
    marks: [
      { phase: 'sent', atMs: 0 },
      { phase: 'expired', atMs: 2 },
      { phase: 'waiting', atMs: 2 },
      { phase: 'failed', atMs: 9 },
    ],
  })),
  refreshes: [
    { startedAtMs: 2, endedAtMs: 5, succeeded: true },
    { startedAtMs: 3, endedAtMs: 6, succeeded: false },
  ],
  sessionLost: true,
};

let started: { app: TestApp } | null = null;
const open = () => {
  const lab = startLab();
  started = lab;
  return { ...lab, ...renderWithStore(lab.app, <LabBench />, '/lab') };
};
afterEach(() => {
  cleanup();
  started?.app.leave();
});

const button = (name: string) => screen.findByRole('button', { name });
const rows = () => within(screen.getByRole('listbox', { name: 'Timeline rows' })).getAllByRole('option');

test('the primary button of the lab expires the token and sends the burst: every row meets a 401', async () => {
  const { user, backend } = open();
  await user.click(await button('Expire and send 50'));
  expect((await screen.findByTestId('burst-summary')).textContent).toBe('50 succeeded, 0 failed, 1 refresh');
  await waitFor(() => expect(rows()).toHaveLength(50));
  await waitFor(() =>
    expect(screen.getAllByRole('option', { name: /→ 401 .* → answered/ })).toHaveLength(50),
  );
  expect(backend.count('POST /api/user')).toBe(1);
});

test('the primary button of the lab says how many requests it sends', async () => {
  const { user } = open();
  await user.clear(screen.getByLabelText('Requests'));
  await user.type(screen.getByLabelText('Requests'), '7');
  expect(await button('Expire and send 7')).toBeTruthy();
});

test('a burst of 300 keeps its newest 120 rows that met a 401, and the lab says so', async () => {
  const { user } = open();
  await user.clear(screen.getByLabelText('Requests'));
  await user.type(screen.getByLabelText('Requests'), '300');
  await user.click(await button('Expire and send 300'));
  expect((await screen.findByTestId('burst-summary')).textContent).toBe('300 succeeded, 0 failed, 1 refresh');
  await waitFor(() => expect(screen.getAllByRole('option', { name: /→ 401/ })).toHaveLength(120));
  expect(screen.getByTestId('rows-shown').textContent).toBe('The newest 120 of 300 requests.');
});

test('the lab shows the same burst without Reseal, and how it lost its session', async () => {
  const { user } = open();
  await user.click(await button('Expire and send 50'));
  const lane = await screen.findByTestId('naive-lane');
  expect(lane.textContent).toContain('0 succeeded, 3 failed, 2 refreshes: session lost');
});

test('the lab leaves out the burst without Reseal where it is not wanted', async () => {
  const { user, backend } = open();
  await user.click(await screen.findByLabelText('Also without Reseal'));
  await user.click(await button('Expire and send 50'));
  await screen.findByTestId('burst-summary');
  expect(backend.count('POST /api/upstream/lab/naive')).toBe(0);
  expect(screen.queryByTestId('naive-lane')).toBeNull();
});

test('an outage is announced in the lab, and one press ends it while the token is expired', async () => {
  const { user, backend, lab } = open();
  lab.faults = { ...NO_FAULTS, refresh: [{ kind: 'status503', times: null }] };
  backend.next('POST /api/user', () => problem('upstream_unavailable'));
  await user.click(await button('Count again'));
  expect(await screen.findByText(/Refresh: 503 error, until you turn it off/)).toBeTruthy();
  backend.expire();
  await user.click(await button('Turn off'));
  await waitFor(() => expect(screen.queryByText('Outage on.')).toBeNull());
  expect(lab.faults).toMatchObject({ refresh: [] });
  expect(backend.count('POST /api/user')).toBe(0);
});

test('a control of the lab does not wait for a refresh that hangs', async () => {
  const { user, backend, app } = open();
  await button('Reset');
  backend.next('POST /api/user', () => new Promise<never>(() => undefined));
  backend.expire();
  const { http } = await app.connect();
  void http.get('/api/upstream/notes').catch(() => undefined);
  await waitFor(() => expect(app.auth()).toMatchObject({ refresh: 'refreshing' }));
  await user.click(await button('Reset'));
  expect(await screen.findByText(/back to its initial settings/)).toBeTruthy();
});

test('a control of the lab reports a session that is over', async () => {
  const { user, backend, app } = open();
  await button('Reset');
  backend.jar = null;
  await user.click(await button('Reset'));
  await waitFor(() => expect(app.auth().status).toBe('signedOut'));
});

test('a preset sets the sample backend and sends the burst', async () => {
  const { user, backend } = open();
  await user.click(await button('Lost answer'));
  expect(await screen.findByTestId('burst-summary')).toBeTruthy();
  expect(backend.calls.find(({ method }) => method === 'PATCH')?.body).toMatchObject({
    settings: { reuse: 'leeway', latencyMs: { refresh: 400, api: 40 } },
    faults: { refresh: [{ kind: 'dropAfterRotate', times: 1 }], api: [] },
  });
  expect(backend.count('POST /api/upstream/lab/expire')).toBe(1);
});

test('the lab says why requests failed, without pointing at them', async () => {
  const { user, backend } = open();
  for (let call = 0; call < 3; call += 1)
    backend.next('GET /api/upstream/notes', () => ({ status: 500, data: {} }));
  await user.click(await button('Send burst'));
  expect((await screen.findByTestId('burst-summary')).textContent).toBe(
    '47 succeeded, 3 failed, 0 refreshes',
  );
  await waitFor(() => expect(screen.getByTestId('failures').textContent).toContain('3 failed: status 500.'));
});

test('an exported timeline can be opened again, and another file is refused with its name', async () => {
  const { user } = open();
  const input = document.querySelector<HTMLInputElement>('input[type=file]')!;
  // jsdom's files cannot be read as text.
  File.prototype.text ??= function (this: File) {
    return new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(String(reader.result));
      reader.readAsText(this);
    });
  };
  const file = {
    requests: [
      {
        method: 'GET',
        path: '/from-a-file',
        outcome: '200',
        life: [
          { phase: 'sent', atMs: 0 },
          { phase: 'answered', atMs: 30 },
        ],
      },
    ],
    refreshes: [{ startedAtMs: 5, endedAtMs: 20, outcome: 'refreshed' }],
  };
  await user.upload(input, new File([JSON.stringify(file)], 'burst.json', { type: 'application/json' }));
  expect(await screen.findByRole('option', { name: /from-a-file · 200: sent .* → answered/ })).toBeTruthy();
  for (const text of [
    '{}',
    'not json',
    JSON.stringify({ requests: [{ life: [{ phase: 'evil' }] }], refreshes: [] }),
  ]) {
    await user.upload(input, new File([text], 'other.json', { type: 'application/json' }));
    expect(await screen.findByText('other.json is not an exported timeline.')).toBeTruthy();
  }
  await user.click(await button('Back to this browser'));
  expect(screen.queryByText(/from-a-file/)).toBeNull();
});
