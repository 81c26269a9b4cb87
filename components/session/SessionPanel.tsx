import { selectSession, selectUser } from '../../store/authSlice.ts';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { useUpstream } from '../../store/demo/upstream.ts';
import { useMessages } from '../messages/useMessages.ts';
import { PageTitle } from '../ui/Card.tsx';
import { useNow } from '../ui/useNow.ts';
import { OtherSessions } from './OtherSessions.tsx';
import { SessionActions } from './SessionActions.tsx';
import { SessionDetails } from './SessionDetails.tsx';
import { ThisDevice } from './ThisDevice.tsx';

/** Where the person is signed in, this device first; what can be done about it; and what the browser may know of it. */
export function SessionPanel() {
  useUpstream();
  const { session: texts } = useMessages();
  const user = useAppSelector(selectUser);
  const session = useAppSelector(selectSession);
  const now = useNow();
  if (!user || !session) return <PageTitle title={texts.title} lead={texts.lead} />;
  return (
    <>
      <PageTitle title={texts.title} lead={texts.lead} />
      <div className="grid items-start gap-6 md:grid-cols-[minmax(0,3fr)_2fr]">
        <ThisDevice user={user} session={session} nowMs={now} />
        <SessionActions />
      </div>
      <OtherSessions />
      <SessionDetails session={session} nowMs={now} />
    </>
  );
}
