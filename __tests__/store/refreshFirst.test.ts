import { partsAsked } from '../../store/authParts.ts';
import type { AuthRoot, AuthState } from '../../store/authState.ts';
import { refreshFirst } from '../../store/refreshFirst.ts';

const signedIn = (expiresInMs: number | null): AuthState => ({
  status: 'signedIn',
  epoch: 1,
  user: { id: 'ada', name: 'Ada' },
  session: { id: 's', version: 1, expiresInMs, endsInMs: 600_000, seenAtMs: 1000 },
  refresh: 'idle',
  queued: 0,
});

test.each<[string, AuthState, number]>([
  ['a token that lives is left alone', signedIn(60_000), 0],
  ['a token that dies within five seconds is refreshed', signedIn(14_000), 1],
  ['a dead token is refreshed', signedIn(1000), 1],
  ['a token whose life is not known is refreshed', signedIn(null), 1],
  ['no session is left alone', { status: 'unknown', epoch: 0 }, 0],
])('before a download %s', async (_, auth, refreshes) => {
  const refresh = jest.fn();
  const parts = { page: { now: () => 10_000 } };
  const dispatch = (action: unknown) => (partsAsked.match(action) ? parts : refresh());
  await refreshFirst()(dispatch as never, () => ({ auth }) as AuthRoot);
  expect(refresh).toHaveBeenCalledTimes(refreshes);
});
