import type { ContextLike } from './calls.ts';
import { type Credentials, type SignedIn, signedInAs, type SignInOptions } from './signedInAs.ts';

/** What `test.extend` adds to the tests of an app. */
export interface ResealFixtures {
  /** Logs a person in for the context of this test; its pages have the session. */
  readonly signedInAs: (person: string | Credentials, options?: SignInOptions) => Promise<SignedIn>;
}

/**
 * Fixtures for Playwright: `test.extend<ResealFixtures>(resealFixtures())`.
 *
 * The app is at Playwright's `baseURL`, or at `options.url`.
 *
 * @see https://playwright.dev/docs/test-fixtures
 */
export function resealFixtures(options: SignInOptions = {}) {
  return {
    signedInAs: async (
      { context }: { readonly context: ContextLike },
      use: (fixture: ResealFixtures['signedInAs']) => Promise<void>,
    ): Promise<void> => {
      await use((person, more) => signedInAs(context, person, { ...options, ...more }));
    },
  };
}
