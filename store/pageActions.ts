import { createAction } from '@reduxjs/toolkit';

/** The page is visible again: tab shown, woken, back from bfcache, or online again. */
export const pageShown = createAction('page/shown');

/** The page went out of sight. */
export const pageHidden = createAction('page/hidden');

/** The hint cookie names something newer: another tab logged in or refreshed. */
export const hintMoved = createAction('page/hintMoved');

/** The cookies may no longer hold this page's session: ask the server who is signed in. */
export const sessionDoubted = createAction('page/sessionDoubted');
