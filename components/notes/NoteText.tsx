import type { ComponentProps } from 'react';

/** Where the text of a note is typed. Enter with Control or ⌘ sends the form that it stands in. */
export function NoteText({ onKeyDown, ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea
      {...rest}
      rows={3}
      maxLength={10_000}
      onKeyDown={(event) => {
        // Enter and Escape belong to the input method while it puts a syllable together.
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey))
          event.currentTarget.form?.requestSubmit();
        onKeyDown?.(event);
      }}
      className="block w-full resize-y rounded-lg border border-strong-line bg-surface px-3 py-2 text-base placeholder:text-muted sm:text-sm"
    />
  );
}
