import type { PersonSession } from '../../contract/sessions.ts';
import type { Messages } from '../messages/MessagesContext.ts';

/** When a session began and when it was last refreshed. */
export function sinceOf(
  texts: Messages['others'],
  figures: Messages['figures'],
  { loggedInAgoMs, refreshedAgoMs }: PersonSession,
): string {
  const wasRefreshed = refreshedAgoMs < loggedInAgoMs;
  return texts.since(figures.ago(loggedInAgoMs), wasRefreshed ? figures.ago(refreshedAgoMs) : null);
}
