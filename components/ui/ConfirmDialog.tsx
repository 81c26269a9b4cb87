import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Button } from './Button.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** What it is about, or what follows from a yes. */
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
  /** Where the focus goes in the end; without an answer back to where it came from. */
  readonly focusAfter?: () => HTMLElement | null;
}

/** Asks before something that cannot be taken back. The focus is on the harmless answer, Escape gives it. */
export default function ConfirmDialog({ title, text, yes, no, onYes, onNo, focusAfter }: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open onOpenChange={(isOpen) => !isOpen && onNo()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-30 bg-black/45" />
        <AlertDialog.Popup
          finalFocus={() => focusAfter?.() ?? true}
          className="fixed top-1/2 left-1/2 z-30 w-[min(27rem,calc(100vw-2rem))] -translate-1/2 animate-appear rounded-xl border border-line bg-surface p-5 shadow-xl sm:p-6"
        >
          <AlertDialog.Title className="text-lg font-semibold tracking-tight">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-sm break-words text-muted">
            {text}
          </AlertDialog.Description>
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <AlertDialog.Close render={<Button />}>{no}</AlertDialog.Close>
            <Button look="destructive" onClick={onYes}>
              {yes}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
