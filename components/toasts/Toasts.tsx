import dynamic from 'next/dynamic';
import { useState } from 'react';
import { useAppSelector } from '../../store/hooks.ts';
import { selectToasts } from '../../store/toastsSlice.ts';

const Toaster = dynamic(() => import('./Toaster.tsx'), { ssr: false });

/** Tells of work that went on behind, on whatever page one is by then; fetched when there is something to tell. */
export function Toasts() {
  const isWaiting = useAppSelector(selectToasts).length > 0;
  const [isNeeded, need] = useState(false);
  if (isWaiting && !isNeeded) need(true);
  return isNeeded && <Toaster />;
}
