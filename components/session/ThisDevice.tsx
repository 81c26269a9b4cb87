import type { ReactNode } from 'react';
import type { User } from '../../contract/user.ts';
import type { HeldSession } from '../../store/authState.ts';
import { useSessionsQuery } from '../../store/demo/sessionsApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Card } from '../ui/Card.tsx';
import { DeviceName } from './DeviceName.tsx';
import { sinceOf } from './since.ts';

interface ThisDeviceProps {
  readonly user: User;
  readonly session: HeldSession;
  /** On the page's own clock, in milliseconds. */
  readonly nowMs: number;
}

/** Who is signed in here, on what, from where, since when and for how long. */
export function ThisDevice({ user, session, nowMs }: ThisDeviceProps) {
  const { session: texts, others, figures } = useMessages();
  const { data, isLoading } = useSessionsQuery(undefined);
  const own = data?.find(({ current }) => current);
  const later = isLoading ? others.loadingOwn : texts.unknown;
  return (
    <Card title={others.current}>
      <dl className="divide-y divide-line">
        <Row name={texts.who}>{user.name}</Row>
        <Row name={texts.device}>{own ? <DeviceName session={own} /> : later}</Row>
        <Row name={texts.network} hint={own?.network && texts.networkHint}>
          {own ? (own.network ?? texts.unknown) : later}
        </Row>
        <Row name={texts.since}>{own ? sinceOf(others, figures, own) : later}</Row>
        <Row name={texts.ends}>
          <span className="tabular-nums">
            {figures.span(session.endsInMs - Math.max(0, nowMs - session.seenAtMs))}
          </span>
        </Row>
      </dl>
    </Card>
  );
}

interface RowProps {
  readonly name: string;
  readonly hint?: string | undefined;
  readonly children: ReactNode;
}

/** A name and its value, beside each other where there is room. */
export function Row({ name, hint, children }: RowProps) {
  return (
    <div className="grid items-baseline gap-1 py-3.5 first:pt-0 last:pb-0 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] sm:gap-4">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="min-w-0 font-medium break-words">
        {children}
        {hint && <span className="mt-0.5 block text-xs font-normal text-muted">{hint}</span>}
      </dd>
    </div>
  );
}
