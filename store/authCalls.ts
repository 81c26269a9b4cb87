import type { LoginRequest, LogoutRequest, SessionInfo } from '../contract/user.ts';
import { isNoSession, toApiError } from './apiError.ts';
import type { AuthParts } from './authParts.ts';
import { endsAtMs, type AuthState, type Sighting, type WhoAnswer } from './authState.ts';

type Parts = Pick<AuthParts, 'user' | 'reauth' | 'page'>;

const sighting = (info: SessionInfo, { page }: Parts): Sighting => ({ ...info, seenAtMs: page.now() });

/** Logs a person in. Holds the tab lock until the answer, so that no running refresh can overwrite the new cookie. */
export async function logIn(parts: Parts, credentials: LoginRequest): Promise<Sighting> {
  const info = await parts.reauth.exclusive(() => parts.user.login(credentials));
  parts.reauth.loggedIn(info);
  return sighting(info, parts);
}

/**
 * Logs out the person whom this page shows, here or on every device. Another person who has logged in since stays logged in.
 *
 * @returns which session, and where the provider ends its own: the page is to go there
 */
export async function logOut({ user, reauth }: Parts, auth: AuthState, { everywhere }: LogoutRequest) {
  const sessionId = auth.status === 'signedIn' ? auth.session.id : null;
  const endSessionUrl = await reauth.exclusive(() =>
    user.logout({ ...(everywhere && { everywhere }), ...(sessionId && { sessionId }) }),
  );
  reauth.loggedOut();
  return { sessionId, endSessionUrl };
}

/** Asks the server who is signed in; costs no call to the issuer. Rejects where the server gave no verdict. */
export async function askWho(
  parts: Parts,
  current: () => AuthState,
  signal?: AbortSignal,
): Promise<WhoAnswer> {
  const { epoch } = current();
  const inTime = () => current().epoch === epoch && current().status !== 'signingIn';
  try {
    const info = await parts.user.whoAmI(signal && { signal });
    if (inTime()) parts.reauth.loggedIn(info);
    return { epoch, found: sighting(info, parts) };
  } catch (thrown) {
    const error = toApiError(thrown);
    if (!isNoSession(error)) throw thrown;
    const auth = current();
    if (inTime() && auth.status === 'signedIn') parts.reauth.loggedOut();
    // A cookie whose time is over is not sent, and the server cannot know why there is none.
    const isOver = auth.status === 'signedIn' && parts.page.now() >= endsAtMs(auth.session);
    const ended = isOver || error.code === 'session_ended';
    return { epoch, found: null, ended, ...(error.endReason && { why: `session_${error.endReason}` }) };
  }
}
