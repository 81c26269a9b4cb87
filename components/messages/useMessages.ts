import { en, type Messages } from './en.ts';

/** The app's sentences in the reader's language; English until there is a second one. */
export function useMessages(): Messages {
  return en;
}
