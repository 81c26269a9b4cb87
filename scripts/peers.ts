/** A package that an app brings itself, if it uses the part of Reseal that needs it. */
export interface Peer {
  readonly range: string;
  /** The oldest version that `scripts/oldestPeers.ts` runs; `null` for what another peer brings along. */
  readonly oldest: string | null;
}

/** The peers of the package, all optional. */
export const PEERS: Readonly<Record<string, Peer>> = {
  '@fastify/multipart': { range: '>=9.0.0 <11', oldest: '9.0.0' },
  '@reduxjs/toolkit': { range: '^2.0.0', oldest: '2.0.0' },
  axios: { range: '^1.7.0', oldest: '1.7.0' },
  fastify: { range: '^5.0.0', oldest: '5.0.0' },
  next: { range: '^15.0.0 || ^16.0.0', oldest: '15.0.0' },
  react: { range: '^18.2.0 || ^19.0.0', oldest: '18.2.0' },
  'react-redux': { range: '^9.0.0', oldest: '9.0.0' },
  // The types of Redux Toolkit name packages of its own.
  immer: { range: '>=10', oldest: null },
  redux: { range: '^5.0.0', oldest: null },
  'redux-thunk': { range: '^3.0.0', oldest: null },
  reselect: { range: '^5.0.0', oldest: null },
};
