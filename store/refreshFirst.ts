import { partsOf, type AuthDispatch } from './authParts.ts';
import type { AuthRoot } from './authState.ts';
import { refreshSession } from './authThunks.ts';

/** So long a token must live for a download to start with it. */
const MARGIN_MS = 5_000;

/**
 * Refreshes if the access token is dead or about to die, for a load that the browser makes itself and no interceptor
 * sees: a download. Resolves in any case; a failed refresh leaves the answer to the server.
 */
export const refreshFirst =
  () =>
  async (dispatch: AuthDispatch, getState: () => AuthRoot): Promise<void> => {
    const { auth } = getState();
    if (auth.status !== 'signedIn') return;
    const { expiresInMs, seenAtMs } = auth.session;
    const leftMs = expiresInMs === null ? 0 : seenAtMs + expiresInMs - partsOf(dispatch).page.now();
    if (leftMs <= MARGIN_MS) await dispatch(refreshSession());
  };
