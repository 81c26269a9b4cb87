/**
 * What an app brings itself, if it uses the part of Reseal that needs it: each package with the range that is supported.
 *
 * The oldest version of each was run: docs/decisions.md, 117.
 */
export const PEERS: Readonly<Record<string, string>> = {
  '@fastify/multipart': '>=9.0.0 <11',
  '@reduxjs/toolkit': '^2.0.0',
  axios: '^1.7.0',
  fastify: '^5.0.0',
  next: '^15.0.0 || ^16.0.0',
  react: '^18.2.0 || ^19.0.0',
  'react-redux': '^9.0.0',
  // The types of Redux Toolkit name packages of its own.
  immer: '>=10',
  redux: '^5.0.0',
  'redux-thunk': '^3.0.0',
  reselect: '^5.0.0',
};
