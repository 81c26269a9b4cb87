import { useContext } from 'react';
import { MessagesContext, type Messages } from './MessagesContext.ts';

/** The app's sentences in the page's language. */
export function useMessages(): Messages {
  const messages = useContext(MessagesContext);
  if (!messages) throw new Error('useMessages wants a <Language> above it');
  return messages;
}
