import { Toast } from '@base-ui/react/toast';
import { useRouter } from 'next/router';
import { useEffect } from 'react';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { selectToasts, toastShown, type Toast as Message } from '../../store/demo/toastsSlice.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';

/** The notes page shows these beside the note, with the next step. */
const SHOWN_IN_PLACE: readonly Message['kind'][] = ['uploadFailed', 'editFailed', 'removeFailed'];

/** Short notes at the edge of the page, read out by a screen reader, gone by themselves unless one is at them. */
export default function Toaster() {
  return (
    <Toast.Provider timeout={6000}>
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 z-20 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts: texts, errors } = useMessages();
  const { toasts, add } = Toast.useToastManager();
  const dispatch = useAppDispatch();
  const waiting = useAppSelector(selectToasts);
  const { pathname } = useRouter();

  useEffect(() => {
    for (const { id, kind, subject, error } of waiting) {
      dispatch(toastShown(id));
      if (pathname === '/notes' && SHOWN_IN_PLACE.includes(kind)) continue;
      add({
        id,
        title: texts.sentence[kind](subject),
        description: error && errors.sentence(error),
        type: error ? 'failed' : 'done',
      });
    }
  }, [add, dispatch, errors, pathname, texts, waiting]);

  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={['right', 'down']}
      className={`animate-appear rounded-xl border bg-surface p-4 shadow-lg ${toast.type === 'failed' ? 'border-danger/50' : 'border-line'}`}
    >
      <Toast.Content className="flex items-start justify-between gap-3">
        <div className="min-w-0 text-sm break-words">
          <Toast.Title className={`font-medium ${toast.type === 'failed' ? 'text-danger' : ''}`} />
          <Toast.Description className="mt-1 text-muted" />
        </div>
        {/* Ours never lie on each other, so that none is hidden from a screen reader. */}
        <Toast.Close
          aria-hidden={false}
          render={<Button small look="quiet" className="-my-1 -mr-1.5 shrink-0" />}
        >
          {texts.close}
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
