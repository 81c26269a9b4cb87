import { useSyncExternalStore } from 'react';
import { useMessages } from '../messages/useMessages.ts';

const never = () => () => undefined;

/** A moment in the reader's own zone and language; the server, which knows neither, shows nothing. */
export function When({ iso }: { readonly iso: string }) {
  const { notes, figures } = useMessages();
  const shown = useSyncExternalStore(
    never,
    () => figures.moment(iso),
    () => '',
  );
  return (
    <time dateTime={iso} className="text-xs text-muted">
      {shown && notes.updated(shown)}
    </time>
  );
}
