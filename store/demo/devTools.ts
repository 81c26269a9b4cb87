import type { UnknownAction } from '@reduxjs/toolkit';
import { readable as readableAuth, withWord } from '../devTools.ts';
import { trafficSeen } from './trafficSlice.ts';

/** An action as the DevTools list it; the timeline's marks are counted: `traffic/trafficSeen: 12 replayed`. */
export function readable<A extends UnknownAction>(action: A): A {
  if (!trafficSeen.match(action)) return readableAuth(action);
  const counts: Record<string, number> = {};
  for (const { phase } of action.payload) counts[phase] = (counts[phase] ?? 0) + 1;
  const words = Object.entries(counts).map(([phase, count]) => `${count} ${phase}`);
  return words.length ? withWord(action, words.join(', ')) : action;
}
