import { useId, type ComponentProps } from 'react';
import { isTooLong, lengthOf, NOTE_TEXT_LIMIT } from '../../contract/notes.ts';
import { useMessages } from '../messages/useMessages.ts';

/** From here on the characters are counted. */
const NEAR_THE_LIMIT = NOTE_TEXT_LIMIT * 0.9;

type NoteTextProps = ComponentProps<'textarea'> & { readonly value: string };

/**
 * Where the text of a note is typed. Enter with Control or ⌘ sends the form that it stands in. Text beyond the limit
 * stays in the field, so that a paste is never cut silently.
 */
export function NoteText({ onKeyDown, value, ...rest }: NoteTextProps) {
  const { notes: texts, figures } = useMessages();
  const id = useId();
  const typed = value.trim();
  const isCounted = typed.length > NEAR_THE_LIMIT;
  const isOver = isTooLong(typed);
  return (
    <>
      <textarea
        {...rest}
        value={value}
        rows={3}
        aria-invalid={isOver || undefined}
        aria-describedby={isCounted ? id : undefined}
        onKeyDown={(event) => {
          // Enter and Escape belong to the input method while it puts a syllable together.
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey))
            event.currentTarget.form?.requestSubmit();
          onKeyDown?.(event);
        }}
        className="block w-full resize-y rounded-lg border border-strong-line bg-surface px-3 py-2 text-base placeholder:text-muted aria-invalid:border-danger sm:text-sm"
      />
      {isCounted && (
        <p
          id={id}
          role={isOver ? 'alert' : undefined}
          className={`mt-1 text-xs ${isOver ? 'text-danger' : 'text-muted'}`}
        >
          {texts.count(figures.count(lengthOf(typed)), figures.count(NOTE_TEXT_LIMIT), isOver)}
        </p>
      )}
    </>
  );
}
