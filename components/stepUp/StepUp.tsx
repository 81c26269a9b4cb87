import { useEffect, useEffectEvent, useState } from 'react';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { cancelStepUp, selectStepUp } from '../../store/demo/stepUpSlice.ts';
import type StepUpDialog from './StepUpDialog.tsx';

/** Asks for the login that a request waits for, on any page; the dialog is fetched when it is first needed. */
export function StepUp() {
  const prompt = useAppSelector(selectStepUp);
  const dispatch = useAppDispatch();
  const [Dialog, setDialog] = useState<typeof StepUpDialog | null>(null);
  const isAsked = prompt !== null;
  const cancel = useEffectEvent(() => dispatch(cancelStepUp()));
  useEffect(() => {
    if (!isAsked) return;
    void import('./StepUpDialog.tsx').then(
      (fetched) => setDialog(() => fetched.default),
      // A question that cannot be shown must not hold the request for ever.
      () => cancel(),
    );
  }, [isAsked]);
  return Dialog && prompt && <Dialog prompt={prompt} />;
}
