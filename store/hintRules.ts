import { formatHint, type Hint } from '../contract/hint.ts';
import type { PageSurroundings } from './authParts.ts';
import type { AuthState } from './authState.ts';

/** What a look at the hint cookie suggests: nothing, ask now, or ask when the page is seen again. */
export type HintVerdict = 'nothing' | 'ask' | 'askWhenVisible';

/**
 * Judges the hint. It is a reason to ask the server, never proof: another tab's login or logout is asked
 * about at once, in a hidden tab too; a mere refresh elsewhere can wait until the page is visible. A hint that is
 * missing means nothing (cookies may be unreadable); the engine detects that a hint went missing.
 */
export function judgeHint(hint: Hint | null, auth: AuthState): HintVerdict {
  if (hint === null) return 'nothing';
  switch (auth.status) {
    case 'signingIn':
      return 'nothing';
    // Also a page that got no session: a static one, or one reached from a mail, without the Strict cookie.
    case 'unknown':
    case 'signedOut':
      return 'ask';
    case 'signedIn':
      if (hint.id !== auth.session.id) return 'ask';
      return hint.version > auth.session.version ? 'askWhenVisible' : 'nothing';
    default:
      return auth satisfies never;
  }
}

/** Follows the hint: `follow` calls `ask`, once for each hint, where the hint gives a reason to ask the server. */
export function createHintFollower(page: PageSurroundings) {
  let askedAbout = '';
  return function follow(auth: AuthState, ask: () => void): void {
    const hint = page.readHint();
    const verdict = judgeHint(hint, auth);
    if (verdict === 'nothing' || (verdict === 'askWhenVisible' && !page.isVisible())) return;
    const subject = `${auth.epoch} ${hint && formatHint(hint)}`;
    if (subject === askedAbout) return;
    askedAbout = subject;
    ask();
  };
}
