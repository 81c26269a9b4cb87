import { useEffect, useRef, useState, type KeyboardEvent, type SubmitEvent } from 'react';
import { MAX_SESSION_NAME, type PersonSession } from '../../contract/sessions.ts';
import { hookError } from '../../store/apiError.ts';
import { useNameSessionMutation } from '../../store/demo/sessionsApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Field } from '../ui/Field.tsx';
import { labelOf } from './since.ts';

/** What a session is called, with a button that opens a form to name it; the focus comes back to that button. */
export function DeviceName({ session }: { readonly session: PersonSession }) {
  const { others: texts } = useMessages();
  const [isOpen, setOpen] = useState(false);
  const [said, setSaid] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (!isOpen && wasOpen.current) opener.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  const label = labelOf(texts, session);

  if (isOpen)
    return (
      <NameForm
        session={session}
        onEnd={(isSaved) => {
          setOpen(false);
          setSaid(isSaved);
        }}
      />
    );
  return (
    <div className="flex flex-wrap items-center gap-x-3">
      <span className="min-w-0 font-medium break-words">{label}</span>
      <Button
        ref={opener}
        small
        look="quiet"
        className="-my-1 -ml-2.5"
        aria-label={texts.renameOf(label)}
        onClick={() => setOpen(true)}
      >
        {texts.rename}
      </Button>
      <span role="status" className="text-xs text-muted">
        {said && texts.saved}
      </span>
    </div>
  );
}

interface NameFormProps {
  readonly session: PersonSession;
  readonly onEnd: (isSaved: boolean) => void;
}

/** Enter saves, Escape leaves the name as it is, an empty field takes it away. */
function NameForm({ session, onEnd }: NameFormProps) {
  const { others: texts } = useMessages();
  const [nameSession, { error, isLoading }] = useNameSessionMutation();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const field = form.current?.querySelector('input');
    field?.focus();
    field?.select();
  }, []);

  const save = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isLoading) return;
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    const result = await nameSession({ id: session.id, name: name || null });
    if (!result.error) onEnd(true);
  };
  const leave = (event: KeyboardEvent) => {
    // Escape also ends the composition of a syllable, which is no wish to leave.
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) onEnd(false);
  };

  return (
    <form
      ref={form}
      onSubmit={(event) => void save(event)}
      onKeyDown={leave}
      className="w-full max-w-sm space-y-2"
    >
      <Failure error={hookError(error)} />
      <Field
        label={texts.nameOf(texts.device(session.device))}
        hint={texts.nameHint(MAX_SESSION_NAME)}
        name="name"
        defaultValue={session.name ?? ''}
        maxLength={MAX_SESSION_NAME}
        autoComplete="off"
      />
      <div className="flex flex-wrap gap-2">
        <Button small type="submit" look="primary" busy={isLoading}>
          {texts.save}
        </Button>
        <Button small look="quiet" onClick={() => onEnd(false)}>
          {texts.cancel}
        </Button>
      </div>
    </form>
  );
}
