/** Sent with every call to `/api/*`: `1`, or the session id that the caller believes it acts for. */
export const RESEAL_HEADER = 'X-Reseal';

/** The stable error code of an answer, readable where its body is not (a Blob, a stream). */
export const REASON_HEADER = 'X-Reseal-Reason';

/** The value of {@link REASON_HEADER} of a 401 that is the upstream's own: no session's token was refused. */
export const OF_UPSTREAM = 'upstream';

/** The version of the session whose access token was refused. */
export const VERSION_HEADER = 'X-Reseal-Version';

/** The value of {@link RESEAL_HEADER} of a caller that knows no session. */
export const NO_IDENTITY = '1';

/** Where the provider ends its own session: an answer to `POST /api/logout` that brings it asks to be navigated there. */
export const END_SESSION_HEADER = 'X-Reseal-End-Session';
