import { createAction } from '@reduxjs/toolkit';

/** The page came back before somebody's eyes: tab shown, woken, back from bfcache, online again. */
export const pageShown = createAction('page/shown');

/** The page went out of sight. */
export const pageHidden = createAction('page/hidden');

/** The hint cookie names something newer: another tab logged in or renewed. */
export const hintMoved = createAction('page/hintMoved');

/** The cookie jar seems to hold this page's session no longer: ask who it is. */
export const sessionDoubted = createAction('page/sessionDoubted');
