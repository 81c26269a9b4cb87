import { useId } from 'react';
import type { PersonSession } from '../../contract/sessions.ts';
import { hookError } from '../../store/apiError.ts';
import { useEndSessionMutation } from '../../store/demo/sessionsApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
import { DeviceName } from './DeviceName.tsx';
import { labelOf, originOf } from './since.ts';

interface OtherSessionProps {
  readonly session: PersonSession;
  /** The network of this session, as far as it is known. */
  readonly here: string | undefined;
  /** Called with the name of its device once the session has ended. */
  readonly onEnd: (device: string) => void;
}

/** One session elsewhere: its name, on what, from where, since when, and a button that ends it. */
export function OtherSession({ session, here, onEnd }: OtherSessionProps) {
  const { others: texts, figures } = useMessages();
  const [endSession, { error, isLoading }] = useEndSessionMutation();
  const sinceId = useId();
  const label = labelOf(texts, session);

  const end = async () => {
    const result = await endSession(session.id);
    // One that has ended by itself is what was wanted.
    if (!result.error || hookError(result.error)?.code === 'not_found') onEnd(label);
  };

  return (
    <li className="py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <DeviceName session={session} />
          <p id={sinceId} className="text-sm break-words text-muted">
            {originOf(texts, figures, session, here)}
          </p>
        </div>
        <Button
          small
          look="dangerPlain"
          busy={isLoading}
          aria-label={texts.endOf(label)}
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
