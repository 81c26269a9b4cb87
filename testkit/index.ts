/**
 * The package's door `reseal/testing`: a backend, an OpenID provider and logged-in sessions for the tests of your app.
 *
 * Nothing here imports Jest, Vitest or Playwright.
 *
 * @see docs/testing.md
 */
export { startIssuer, startUpstream } from './start.ts';
export type { IssuerOptions, TestIssuer, TestUpstream } from './start.ts';
export { signedInAs } from './signedInAs.ts';
export type { Credentials, SignedIn, SignedInFetch, SignInOptions } from './signedInAs.ts';
export { resealFixtures } from './playwright.ts';
export type { ResealFixtures } from './playwright.ts';
export type { Account, Fault, Faults, UpstreamOptions, UpstreamStats } from './start.ts';
