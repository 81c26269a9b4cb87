import { useState } from 'react';
import { selectSession } from '../../store/authSlice.ts';
import { refreshSession } from '../../store/authThunks.ts';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';
import { useNow } from '../ui/useNow.ts';
import { endingIn } from './endingSoon.ts';

/** Says that the session ends soon, and prolongs it; a session at the end of its longest life only says so. */
export function EndingSoon() {
  const { shell, figures } = useMessages();
  const dispatch = useAppDispatch();
  const session = useAppSelector(selectSession);
  const now = useNow();
  const [asked, setAsked] = useState<{ busy: boolean; endsAtMs: number } | null>(null);
  if (!session) return null;
  const endsAtMs = session.seenAtMs + session.endsInMs;
  // A refresh that moved the end by less than this found it fixed.
  const fixed = asked !== null && !asked.busy && endsAtMs - asked.endsAtMs < 5000;
  const left = endingIn(session, now, fixed);

  const stay = async () => {
    setAsked({ busy: true, endsAtMs });
    const result = await dispatch(refreshSession());
    setAsked(refreshSession.fulfilled.match(result) ? { busy: false, endsAtMs } : null);
  };

  return (
    <div className="mx-auto w-full max-w-5xl px-4 sm:px-6">
      {/* Read out once; the seconds beside it are for the eye. */}
      <p role="status" className="sr-only">
        {left !== null && shell.endingSoon}
      </p>
      {left !== null && (
        <section aria-label={shell.endingSoon} className="pt-4">
          <Alert
            tone="warn"
            silent
            action={
              fixed ? null : (
                <Button busy={asked?.busy ?? false} onClick={() => void stay()}>
                  {asked?.busy ? shell.staying : shell.stay}
                </Button>
              )
            }
          >
            <strong className="font-medium">{shell.endingSoon}</strong>{' '}
            <span className="tabular-nums">
              {(fixed ? shell.endsAnyway : shell.endingIn)(figures.span(left))}
            </span>
          </Alert>
        </section>
      )}
    </div>
  );
}
