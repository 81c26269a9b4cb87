import type { Reauth } from '../reauthOptions.ts';

/**
 * Refreshes if the access token dies within `marginMs`, or if its life is not known.
 *
 * Call it before the browser itself loads something that needs the token: a download, an `<img>`, a new window. No
 * interceptor sees such a load, so it cannot refresh and be sent again.
 *
 * @throws {ReauthError} as `reauth.refresh()` does
 */
export async function refreshFirst(reauth: Reauth, marginMs = 5_000): Promise<void> {
  const { expiresInMs } = reauth;
  if (expiresInMs === null || expiresInMs <= marginMs) await reauth.refresh();
}
