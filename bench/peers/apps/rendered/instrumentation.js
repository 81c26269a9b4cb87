/** Found before the app's own, further up: a peer starts without what Reseal does at its start. */
export function register() {}
