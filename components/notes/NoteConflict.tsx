import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';

interface NoteConflictProps {
  /** The other version. */
  readonly text: string;
  readonly onTake: () => void;
  readonly onCombine: () => void;
}

/** The note was changed elsewhere while it was edited here: shows the other version, to take or to combine. */
export function NoteConflict({ text, onTake, onCombine }: NoteConflictProps) {
  const { notes: texts } = useMessages();
  return (
    <Alert tone="warn">
      <p className="font-medium">{texts.conflict}</p>
      <blockquote
        aria-label={texts.otherVersion}
        // A region that scrolls must be reachable by keyboard.
        tabIndex={0}
        className="my-2 max-h-40 overflow-auto border-l-2 border-current pl-3 break-words whitespace-pre-wrap text-ink"
      >
        {text}
      </blockquote>
      <div className="flex flex-wrap gap-2">
        <Button small onClick={onTake}>
          {texts.takeOther}
        </Button>
        <Button small onClick={onCombine}>
          {texts.combine}
        </Button>
      </div>
    </Alert>
  );
}
