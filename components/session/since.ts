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

/** What a session is called: by its person, else by its device. */
export function labelOf(texts: Messages['others'], { name, device }: PersonSession): string {
  return name ?? texts.device(device);
}

/**
 * On what device, where its name does not say so, since when, and from where; the network beside `here`, that of this
 * session.
 */
export function originOf(
  texts: Messages['others'],
  figures: Messages['figures'],
  session: PersonSession,
  here: string | undefined,
): string {
  const { name, device, network } = session;
  const parts = [sinceOf(texts, figures, session)];
  if (name !== undefined) parts.unshift(texts.device(device));
  if (network !== undefined) parts.push(network === here ? texts.fromHere : texts.from(network));
  return parts.join(' · ');
}
