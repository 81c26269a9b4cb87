import { useSyncExternalStore } from 'react';
import { useMessages } from '../messages/useMessages.ts';

const never = () => () => undefined;

/** A moment in the reader's own zone and language; the server, which knows neither, shows nothing. */
export function When({ iso }: { readonly iso: string }) {
  const { notes } = useMessages();
  const shown = useSyncExternalStore(
    never,
    () => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
    () => '',
  );
  return (
    <time dateTime={iso} className="text-xs text-muted">
      {shown && notes.updated(shown)}
    </time>
  );
}
