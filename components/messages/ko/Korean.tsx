import type { ReactNode } from 'react';
import { MessagesContext } from '../MessagesContext.ts';
import { ko } from './ko.ts';

/** Speaks Korean to what is below. */
export default function Korean({ children }: { readonly children: ReactNode }) {
  return <MessagesContext value={ko}>{children}</MessagesContext>;
}
