import { useEffect, useEffectEvent, useState, type ComponentProps } from 'react';
import type ConfirmDialog from './ConfirmDialog.tsx';

const load = () => import('./ConfirmDialog.tsx');

/**
 * A question in a dialog of its own, fetched when it is first asked. Where it cannot be fetched, because the network
 * is away or a newer build has taken its place, the browser asks: a press on the button must not come to nothing.
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
    let asking = true;
    void load().then(
      (fetched) => asking && setDialog(() => fetched.default),
      () => asking && askPlainly(),
    );
    return () => {
      asking = false;
    };
  }, []);
  return Dialog && <Dialog {...props} />;
}

/** Fetches the dialog when somebody comes near the button that asks, so that a press need not wait. */
export function fetchConfirm(): void {
  void load().catch(() => undefined);
}
