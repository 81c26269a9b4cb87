import dynamic from 'next/dynamic';

const load = () => import('./ConfirmDialog.tsx');

/** A question in a dialog of its own, fetched when it is first asked. */
export const Confirm = dynamic(load, { ssr: false });

/** Fetches the dialog when somebody comes near the button that asks, so that a press need not wait. */
export function fetchConfirm(): void {
  void load().catch(() => undefined);
}
