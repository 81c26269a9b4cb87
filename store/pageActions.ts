import { createAction } from '@reduxjs/toolkit';

/** The page came back before somebody's eyes: tab shown, woken, back from bfcache, online again. */
export const pageShown = createAction('page/shown');

/** The page went out of sight. */
export const pageHidden = createAction('page/hidden');

/** The hint cookie may have moved: another tab logged in, out, or renewed. */
export const hintMoved = createAction('page/hintMoved');

/** An answer said that this page acts for a session that the cookie jar no longer holds: ask who it is. */
export const sessionDoubted = createAction('page/sessionDoubted');
