import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useState, type MouseEvent } from 'react';
import { useAppDispatch } from '../../store/demo/hooks.ts';
import { cancelStepUp, type StepUpPrompt } from '../../store/demo/stepUpSlice.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button, linkButton } from '../ui/Button.tsx';

/** Large enough for a provider's login page. */
const WINDOW = 'popup,width=520,height=720';

/**
 * Asks the person to log in again in a window of its own. Nothing can tell whether that window was closed, so the way to
 * open it again, and the way out, stay there.
 */
export default function StepUpDialog({ prompt: { url, problem } }: { readonly prompt: StepUpPrompt }) {
  const { stepUp: texts, login } = useMessages();
  const dispatch = useAppDispatch();
  /** The address of the window that was opened last; each try has one of its own. */
  const [opened, setOpened] = useState('');
  const isWaiting = opened === url;

  // Where the browser blocks the window, the link opens a tab.
  const open = (event: MouseEvent) => {
    setOpened(url);
    if (window.open(url, 'reseal-step-up', WINDOW)) event.preventDefault();
  };

  return (
    <AlertDialog.Root open onOpenChange={(isOpen) => !isOpen && dispatch(cancelStepUp())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-30 bg-black/45" />
        <AlertDialog.Popup className="fixed top-1/2 left-1/2 z-30 w-[min(27rem,calc(100vw-2rem))] -translate-1/2 animate-appear rounded-xl border border-line bg-surface p-5 shadow-xl sm:p-6">
          <AlertDialog.Title className="text-lg font-semibold tracking-tight">
            {texts.title}
          </AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-sm break-words text-muted">
            {texts.lead}
          </AlertDialog.Description>
          <div className="mt-4 empty:hidden">
            {problem && !isWaiting && <Alert>{login.problems[problem]}</Alert>}
          </div>
          <p role="status" className="mt-4 text-sm empty:hidden">
            {isWaiting && texts.waiting}
          </p>
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <AlertDialog.Close render={<Button />}>{texts.cancel}</AlertDialog.Close>
            <a href={url} target="_blank" rel="opener" onClick={open} className={linkButton}>
              {isWaiting ? texts.again : texts.open}
            </a>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
