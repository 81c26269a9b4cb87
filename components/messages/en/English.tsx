import type { ReactNode } from 'react';
import { MessagesContext } from '../MessagesContext.ts';
import { en } from './en.ts';

/** Speaks English to what is below. */
export default function English({ children }: { readonly children: ReactNode }) {
  return <MessagesContext value={en}>{children}</MessagesContext>;
}
