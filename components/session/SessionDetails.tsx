import { useState } from 'react';
import type { ApiError } from '../../store/apiError.ts';
import { selectRefresh } from '../../store/authSlice.ts';
import type { HeldSession } from '../../store/authState.ts';
import { refreshSession } from '../../store/authThunks.ts';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Row } from './ThisDevice.tsx';

interface SessionDetailsProps {
  readonly session: HeldSession;
  /** On the page's own clock, in milliseconds. */
  readonly nowMs: number;
}

/** What an engineer wants to see of the session: its id, its version, how fresh its token is; and a refresh by hand. */
export function SessionDetails({ session, nowMs }: SessionDetailsProps) {
  const { session: texts, figures } = useMessages();
  const elapsed = Math.max(0, nowMs - session.seenAtMs);
  const left = session.expiresInMs === null ? null : session.expiresInMs - elapsed;
  return (
    <Card title={texts.details} className="mt-6">
      <p className="-mt-2 mb-4 text-sm text-muted">{texts.detailsLead}</p>
      <dl className="divide-y divide-line">
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
      </dl>
      <RefreshNow version={session.version} />
    </Card>
  );
}

/** Refreshes by hand, and says what came of it. No one needs it: the engine refreshes by itself. */
function RefreshNow({ version }: { readonly version: number }) {
  const { session: texts } = useMessages();
  const dispatch = useAppDispatch();
  const refreshing = useAppSelector(selectRefresh) === 'refreshing';
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const refresh = async () => {
    setError(null);
    setAsked(false);
    const result = await dispatch(refreshSession());
    if (refreshSession.fulfilled.match(result)) setAsked(true);
    else if (result.payload) setError(result.payload);
  };

  return (
    <div className="mt-4 space-y-3">
      <Failure error={error} />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button small busy={refreshing} onClick={() => void refresh()}>
          {refreshing ? texts.refreshing : texts.refresh}
        </Button>
        <p role="status" className="text-xs text-muted">
          {asked && texts.refreshed(version)}
        </p>
      </div>
    </div>
  );
}
