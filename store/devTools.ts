import type { UnknownAction } from '@reduxjs/toolkit';
import { queueChanged, sessionRefreshed } from './authSlice.ts';
import { login } from './authThunks.ts';
import { trafficSeen } from './demo/trafficSlice.ts';

/**
 * An action as the DevTools list it: without the password that `login` carries, and with a word on what it says,
 * so that a refresh can be read down the list: `auth/refreshStarted`, `auth/queueChanged: 12 wait`,
 * `auth/sessionRefreshed: version 2`, `traffic/trafficSeen: 12 replayed`.
 */
export function readable<A extends UnknownAction>(action: A): A {
  if (login.pending.match(action) || login.fulfilled.match(action) || login.rejected.match(action))
    return { ...action, meta: { ...action.meta, arg: { username: action.meta.arg.username } } };
  const word = wordOf(action);
  return word ? { ...action, type: `${action.type}: ${word}` } : action;
}

function wordOf(action: UnknownAction): string | null {
  if (queueChanged.match(action)) return `${action.payload} wait`;
  if (sessionRefreshed.match(action)) return `version ${action.payload.session.version}`;
  if (!trafficSeen.match(action)) return null;
  const counts: Record<string, number> = {};
  for (const { phase } of action.payload) counts[phase] = (counts[phase] ?? 0) + 1;
  return Object.entries(counts)
    .map(([phase, count]) => `${count} ${phase}`)
    .join(', ');
}
