import type { SessionInfo } from '../contract/user.ts';
import type { ReauthOptions } from './reauthOptions.ts';

/**
 * Makes the one place that calls the app's `refresh`.
 *
 * `isCalling` is true while its synchronous part runs, so that requests made there are known as its own.
 */
export function createCaller({ refresh }: ReauthOptions, onIgnoredSignal: () => void) {
  let calling = false;
  return {
    isCalling: (): boolean => calling,
    async call(staleVersion: number, signal: AbortSignal): Promise<SessionInfo | undefined> {
      let heeded = false;
      calling = true;
      try {
        const answer = refresh({
          staleVersion,
          get signal() {
            heeded = true;
            return signal;
          },
        });
        calling = false;
        return await answer;
      } finally {
        calling = false;
        if (!heeded) onIgnoredSignal();
      }
    },
  };
}
