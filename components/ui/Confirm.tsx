import { useEffect, useEffectEvent, useState, type ComponentProps } from 'react';
import type ConfirmDialog from './ConfirmDialog.tsx';

const load = () => import('./ConfirmDialog.tsx');

/** How long a press on the button waits for the dialog. */
const PATIENCE_MS = 3000;

/**
 * A question in a dialog of its own, fetched when it is first asked. Where it cannot be fetched, because the network
 * is away or hangs or a newer build has taken its place, the browser asks: a press must not be lost.
 */
export function Confirm(props: ComponentProps<typeof ConfirmDialog>) {
  const [Dialog, setDialog] = useState<typeof ConfirmDialog | null>(null);
  const askPlainly = useEffectEvent(() => {
    const { title, text, onYes, onNo, focusAfter } = props;
    if (!window.confirm(`${title}\n\n${text}`)) return onNo();
    onYes();
    focusAfter?.()?.focus();
  });
  useEffect(() => {
    let isOpen = true;
    const once = (ask: () => void) => {
      if (isOpen) ask();
      isOpen = false;
    };
    const late = setTimeout(() => once(() => askPlainly()), PATIENCE_MS);
    void load().then(
      (fetched) => once(() => setDialog(() => fetched.default)),
      () => once(() => askPlainly()),
    );
    return () => {
      isOpen = false;
      clearTimeout(late);
    };
  }, []);
  return Dialog && <Dialog {...props} />;
}

/** Fetches the dialog when pointer or focus reach the button, so that a press does not wait. */
export function fetchConfirm(): void {
  void load().catch(() => undefined);
}
