import dynamic from 'next/dynamic';
import { useState } from 'react';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { selectToasts } from '../../store/demo/toastsSlice.ts';

const Toaster = dynamic(() => import('./Toaster.tsx'), { ssr: false });

/** Reports background work on any page; fetched when there is a first message. */
export function Toasts() {
  const isWaiting = useAppSelector(selectToasts).length > 0;
  const [isNeeded, need] = useState(false);
  if (isWaiting && !isNeeded) need(true);
  return isNeeded && <Toaster />;
}
