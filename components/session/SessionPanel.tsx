import { selectSession, selectUser } from '../../store/authSlice.ts';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { useUpstream } from '../../store/demo/upstream.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Card, PageTitle } from '../ui/Card.tsx';
import { useNow } from '../ui/useNow.ts';
import { OtherSessions } from './OtherSessions.tsx';
import { SessionActions } from './SessionActions.tsx';

/** Who is signed in, which session, how fresh, for how long; and what can be done with it. */
export function SessionPanel() {
  useUpstream();
  const { session: texts, figures } = useMessages();
  const user = useAppSelector(selectUser);
  const session = useAppSelector(selectSession);
  const now = useNow();
  if (!user || !session) return <PageTitle title={texts.title} lead={texts.lead} />;

  const elapsed = Math.max(0, now - session.seenAtMs);
  const left = session.expiresInMs === null ? null : session.expiresInMs - elapsed;
  return (
    <>
      <PageTitle title={texts.title} lead={texts.lead} />
      <div className="grid gap-6 md:grid-cols-[minmax(0,3fr)_2fr]">
        <Card>
          <dl className="divide-y divide-line">
            <Row name={texts.who}>{user.name}</Row>
            <Row name={texts.id}>
              <code className="font-mono text-sm break-all">{session.id}</code>
            </Row>
            <Row name={texts.version} hint={texts.versionHint(session.version - 1)}>
              <span data-testid="session-version" className="tabular-nums">
                {session.version}
              </span>
            </Row>
            <Row name={texts.expires}>
              <span data-testid="expires-in" className="tabular-nums">
                {left === null ? texts.unknownExpiry : left > 0 ? figures.span(left) : texts.expired}
              </span>
            </Row>
            <Row name={texts.ends}>
              <span className="tabular-nums">{figures.span(session.endsInMs - elapsed)}</span>
            </Row>
          </dl>
        </Card>
        <SessionActions />
      </div>
      <OtherSessions />
    </>
  );
}

interface RowProps {
  readonly name: string;
  readonly hint?: string;
  readonly children: React.ReactNode;
}

function Row({ name, hint, children }: RowProps) {
  return (
    <div className="grid items-baseline gap-1 py-3.5 first:pt-0 last:pb-0 sm:grid-cols-[12rem_minmax(0,1fr)] sm:gap-4">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="font-medium break-words">
        {children}
        {hint && <span className="mt-0.5 block text-xs font-normal text-muted">{hint}</span>}
      </dd>
    </div>
  );
}
