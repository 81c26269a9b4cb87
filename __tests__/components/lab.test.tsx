/** @jest-environment jsdom */
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { newestEpisode } from '../../components/timeline/episode.ts';
import { readChange } from '../../components/lab/labChange.ts';
import { LabBench } from '../../components/lab/LabBench.tsx';
import { exportOf } from '../../components/timeline/story.ts';
import type { TrafficRow } from '../../store/demo/trafficRows.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { renderWithStore } from './renderWithStore.tsx';

const labState = {
  settings: { accessTtlSeconds: 10, latencyMs: { login: 0, refresh: 0, api: 0 } },
  faults: { login: [], refresh: [], logout: [], api: [] },
  stats: { refreshCalls: 4, apiCalls: 7 },
};

const naiveRun = {
  requests: [
    {
      method: 'GET',
      path: '/notes',
      outcome: '401',
      marks: [
        { phase: 'sent', atMs: 0 },
        { phase: 'failed', atMs: 9 },
      ],
    },
  ],
  refreshes: [
    { startedAtMs: 1, endedAtMs: 5, succeeded: true },
    { startedAtMs: 2, endedAtMs: 6, succeeded: false },
  ],
  sessionLost: true,
};

describe('the lab', () => {
  let app: TestApp;
  beforeEach(() => {
    app = startSignedInApp('ada', { lab: true });
    const { backend } = app;
    const answer = backend.answer.bind(backend);
    backend.answer = (call) =>
      call.path.startsWith('/api/upstream/lab')
        ? { status: 200, data: call.path.endsWith('/naive') ? naiveRun : labState }
        : answer(call);
  });
  afterEach(() => {
    cleanup();
    app.leave();
  });

  test('sends a burst over a dead token and says how it ended, once all have settled', async () => {
    const { user } = renderWithStore(app, <LabBench />, '/lab');
    await screen.findByText('Refreshes asked for');
    app.backend.expire();
    const requests = screen.getByLabelText('Requests');
    await user.clear(requests);
    await user.type(requests, '20');
    expect(screen.queryByTestId('burst-summary')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Send burst' }));
    const summary = await screen.findByTestId('burst-summary');
    expect(summary.textContent).toBe('20 succeeded, 0 failed, 1 refresh');
    expect(app.backend.count('POST /api/user')).toBe(1);
  });

  test('sends what was typed', async () => {
    const { user } = renderWithStore(app, <LabBench />, '/lab');
    await user.clear(screen.getByLabelText('Path'));
    await user.type(screen.getByLabelText('Path'), 'echo/hello');
    await user.selectOptions(screen.getByLabelText('Method'), 'POST');
    await user.clear(screen.getByLabelText('Requests'));
    await user.type(screen.getByLabelText('Requests'), '2');
    await user.click(screen.getByRole('button', { name: 'Send burst' }));
    expect((await screen.findByTestId('burst-summary')).textContent).toBe(
      '2 succeeded, 0 failed, 0 refreshes',
    );
    expect(app.backend.count('POST /api/upstream/echo/hello')).toBe(2);
  });

  test('counts failures', async () => {
    const { user } = renderWithStore(app, <LabBench />, '/lab');
    app.backend.next('GET /api/upstream/notes', () => ({ status: 500, data: {} }));
    await user.clear(screen.getByLabelText('Requests'));
    await user.type(screen.getByLabelText('Requests'), '3');
    await user.click(screen.getByRole('button', { name: 'Send burst' }));
    expect((await screen.findByTestId('burst-summary')).textContent).toBe(
      '2 succeeded, 1 failed, 0 refreshes',
    );
  });

  test('tells the timeline as a table too', async () => {
    const { user } = renderWithStore(app, <LabBench />, '/lab');
    await screen.findByText('Refreshes asked for');
    app.backend.expire();
    await user.click(screen.getByRole('button', { name: 'Send burst' }));
    await screen.findByTestId('burst-summary');
    await user.click(await screen.findByText('The same as a table'));
    const table = await screen.findByRole('table');
    await waitFor(() => expect(within(table).getAllByRole('row')).toHaveLength(1 + 1 + 50));
    expect(
      within(table).getAllByText(/^sent .* → 401 .* → waiting .* → replayed .* → answered/).length,
    ).toBeGreaterThan(0);
    expect(within(table).getByText('done')).toBeTruthy();
  });

  test('tells the story of a row, by pointer and by arrow keys', async () => {
    const { user } = renderWithStore(app, <LabBench />, '/lab');
    await screen.findByText('Refreshes asked for');
    app.backend.expire();
    await user.clear(screen.getByLabelText('Requests'));
    await user.type(screen.getByLabelText('Requests'), '3');
    await user.click(screen.getByRole('button', { name: 'Send burst' }));
    await screen.findByTestId('burst-summary');
    await waitFor(() =>
      expect(screen.getAllByRole('option', { name: /replayed .* answered/ })).toHaveLength(3),
    );
    const details = screen.getByTestId('row-details');
    const rows = screen.getByRole('listbox', { name: 'Timeline rows' });
    rows.focus();
    await user.keyboard('{End}');
    expect(details.textContent).toMatch(
      /^GET .*notes · 200sent .* → 401 .* → waiting .* → replayed .* → answered/,
    );
    expect(rows.getAttribute('aria-activedescendant')).toBe(within(rows).getAllByRole('option').at(-1)?.id);
    await user.keyboard('{ArrowUp}{Home}{ArrowUp}');
    expect(within(rows).getAllByRole('option')[0]?.getAttribute('aria-selected')).toBe('true');
    await user.hover(within(rows).getAllByRole('option')[1]!);
    expect(within(rows).getAllByRole('option')[1]?.getAttribute('aria-selected')).toBe('true');
  });

  test('expires the token at the upstream', async () => {
    const { user } = renderWithStore(app, <LabBench />, '/lab');
    await user.click(screen.getByRole('button', { name: 'Expire the access token' }));
    expect(await screen.findByText(/The access token has expired/)).toBeTruthy();
    expect(app.backend.count('POST /api/upstream/lab/expire')).toBe(1);
  });

  test('tells the upstream how to fail', async () => {
    const { user } = renderWithStore(app, <LabBench />, '/lab');
    await user.selectOptions(await screen.findByLabelText('Fault of refreshes'), 'status503');
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    expect(await screen.findByText('Applied.')).toBeTruthy();
    expect(app.backend.calls.find(({ method }) => method === 'PATCH')?.body).toEqual({
      settings: { accessTtlSeconds: 10, latencyMs: { refresh: 0, api: 0 } },
      faults: { refresh: [{ kind: 'status503', times: 2 }], api: [] },
    });
  });

  test('works before an upstream that has no controls', async () => {
    const { backend } = app;
    backend.answer = () => ({ status: 404, data: {} });
    renderWithStore(app, <LabBench />, '/lab');
    expect(await screen.findByText(/This upstream has no controls/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Send burst' })).toBeTruthy();
  });
});

describe('the newest episode', () => {
  const row = (id: number, from: number, to: number): TrafficRow => ({
    id,
    method: 'GET',
    path: '/x',
    outcome: '200',
    marks: [
      { phase: 'sent', atMs: from },
      { phase: 'answered', atMs: to },
    ],
  });

  test('begins after the last long silence', () => {
    const rows = [row(1, 0, 100), row(2, 50, 200), row(3, 60_000, 60_400), row(4, 60_100, 60_900)];
    expect(newestEpisode(rows, [])).toMatchObject({
      fromMs: 60_000,
      toMs: 60_900,
      rows: [{ id: 3 }, { id: 4 }],
    });
  });

  test('begins with the burst, whatever was sent a moment before', () => {
    const rows = [row(1, 0, 100), row(2, 900, 1000), row(3, 910, 1100)];
    expect(newestEpisode(rows, [], { burstAtMs: 900 })).toMatchObject({
      fromMs: 900,
      rows: [{ id: 2 }, { id: 3 }],
    });
  });

  test('shows the refreshes that lie across it, and lasts as long as they do', () => {
    const bar = (id: number, startedAtMs: number, endedAtMs: number | null) =>
      ({ id, startedAtMs, endedAtMs, outcome: null }) as const;
    const bars = [bar(1, -900, -500), bar(2, 20, 300), bar(3, 90, null)];
    expect(newestEpisode([row(1, 0, 100)], bars)).toMatchObject({ toMs: 300, bars: [{ id: 2 }, { id: 3 }] });
  });

  test('of nothing is nothing', () => {
    expect(newestEpisode([], [])).toBeNull();
  });
});

test('an export counts its times from the first request, and holds no more than the drawing', () => {
  const marks = [
    { phase: 'sent', atMs: 1000.04 },
    { phase: 'answered', atMs: 1020 },
  ] as const;
  const row: TrafficRow = { id: 7, method: 'GET', path: '/x', outcome: '200', marks };
  const bar = { id: 1, startedAtMs: 1005, endedAtMs: null, outcome: null } as const;
  expect(exportOf({ rows: [row], bars: [bar], fromMs: 1000, toMs: 1100 })).toEqual({
    requests: [
      {
        method: 'GET',
        path: '/x',
        outcome: '200',
        life: [
          { phase: 'sent', atMs: 0 },
          { phase: 'answered', atMs: 20 },
        ],
      },
    ],
    refreshes: [{ startedAtMs: 5, endedAtMs: null, outcome: null }],
  });
});

test('a fault without a number of times lasts until it is taken back', () => {
  const form = new FormData();
  form.set('api.kind', 'status500');
  form.set('api.times', '');
  expect(readChange(form).faults).toEqual({ refresh: [], api: [{ kind: 'status500', times: null }] });
});
