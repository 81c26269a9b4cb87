/** @jest-environment jsdom */
import { screen, waitFor } from '@testing-library/react';
import { ko } from '../../components/messages/ko/ko.ts';
import { endingIn } from '../../components/shell/endingSoon.ts';
import { Layout } from '../../components/shell/Layout.tsx';
import { sessionRefreshed } from '../../store/authSlice.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { renderWithStore } from './renderWithStore.tsx';

const held = (endsInMs: number, seenAtMs = 0) => ({
  id: 's1',
  version: 1,
  expiresInMs: null,
  endsInMs,
  seenAtMs,
});

test.each([
  ['long before, nothing', held(3_600_000), 60_000, null],
  ['two minutes before, what is left', held(3_600_000), 3_500_000, 100_000],
  ['of a short session, its second half', held(60_000), 29_000, null],
  ['of a short session, once half is over', held(60_000), 31_000, 29_000],
  ['after the end, nothing: the banner says that', held(3_600_000), 3_600_001, null],
  ['seen a while ago', held(200_000, 50_000), 150_000, 100_000],
] as const)('%s', (_, session, now, expected) => expect(endingIn(session, now)).toBe(expected));

test('what cannot be prolonged is said all the time', () =>
  expect(endingIn(held(60_000), 1000, true)).toBe(59_000));

describe('a session that ends soon', () => {
  let app: TestApp;
  afterEach(() => app.leave());
  const page = (
    <Layout title="Notes" lab={false}>
      .
    </Layout>
  );
  /** Ends so many ms from now, of an hour. */
  const endsIn = (ms: number) => {
    const { user, session } = app.auth() as unknown as { user: never; session: ReturnType<typeof held> };
    const seenAtMs = performance.now() - 3_600_000 + ms;
    app.store.dispatch(
      sessionRefreshed({
        user,
        session: { ...session, version: session.version + 1, expiresInMs: null, endsInMs: 3_600_000 },
        seenAtMs,
      }),
    );
  };

  test('is said once, and prolonged by one press', async () => {
    app = startSignedInApp();
    endsIn(90_000);
    const { user } = renderWithStore(app, page, '/notes');
    expect(screen.getAllByText('Your session ends soon.')[0]?.getAttribute('role')).toBe('status');
    expect(screen.getByText(/unless you go on/)).toBeTruthy();
    const { backend } = app;
    backend.next('POST /api/user', (call) => {
      const answer = backend.answer(call);
      const data = answer.data as { user: object; session: object };
      return { ...answer, data: { ...data, session: { ...data.session, version: 9, endsInMs: 7_200_000 } } };
    });
    await user.click(screen.getByRole('button', { name: 'Stay logged in' }));
    expect(backend.count('POST /api/user')).toBe(1);
    await waitFor(() => expect(screen.queryByText(/unless you go on/)).toBeNull());
  });

  test('whose end is fixed says so, instead of offering the same again', async () => {
    app = startSignedInApp();
    endsIn(90_000);
    const { user } = renderWithStore(app, page, '/notes');
    const { backend } = app;
    backend.next('POST /api/user', (call) => {
      const answer = backend.answer(call);
      const data = answer.data as { user: object; session: object };
      return { ...answer, data: { ...data, session: { ...data.session, version: 9, endsInMs: 80_000 } } };
    });
    await user.click(screen.getByRole('button', { name: 'Stay logged in' }));
    expect(await screen.findByText(/cannot be prolonged/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Stay logged in' })).toBeNull();
  });

  test('is said in Korean on a Korean page', () => {
    app = startSignedInApp();
    endsIn(90_000);
    renderWithStore(app, page, '/notes', ko);
    expect(screen.getByRole('button', { name: '로그인 유지' })).toBeTruthy();
  });
});
