import { useId } from 'react';
import type { PersonSession } from '../../contract/sessions.ts';
import { hookError } from '../../store/apiError.ts';
import { useEndSessionMutation } from '../../store/demo/sessionsApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
import { sinceOf } from './since.ts';

interface OtherSessionProps {
  readonly session: PersonSession;
  /** Called with the name of its device once the session has ended. */
  readonly onEnd: (device: string) => void;
}

/** One session elsewhere: on what, since when, and a button that ends it. */
export function OtherSession({ session, onEnd }: OtherSessionProps) {
  const { others: texts, figures } = useMessages();
  const [endSession, { error, isLoading }] = useEndSessionMutation();
  const sinceId = useId();
  const device = texts.device(session.device);

  const end = async () => {
    const result = await endSession(session.id);
    // One that has ended by itself is what was wanted.
    if (!result.error || hookError(result.error)?.code === 'not_found') onEnd(device);
  };

  return (
    <li className="py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div>
          <p className="font-medium break-words">{device}</p>
          <p id={sinceId} className="text-sm text-muted">
            {sinceOf(texts, figures, session)}
          </p>
        </div>
        <Button
          small
          look="dangerPlain"
          busy={isLoading}
          aria-label={texts.endOf(device)}
          aria-describedby={sinceId}
          onClick={() => void end()}
        >
          {texts.end}
        </Button>
      </div>
      <Failure error={hookError(error)} />
    </li>
  );
}
