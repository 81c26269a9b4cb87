import { useState } from 'react';
import type { ApiError } from '../../store/apiError.ts';
import { selectRefresh, selectSession } from '../../store/authSlice.ts';
import { refreshSession } from '../../store/authThunks.ts';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { useLogout } from '../shell/useLogout.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Confirm, fetchConfirm } from '../ui/Confirm.tsx';
import { Failure } from '../ui/Failure.tsx';

/** Refresh now, log out here, log out everywhere. */
export function SessionActions() {
  const { session: texts } = useMessages();
  const dispatch = useAppDispatch();
  const logout = useLogout();
  const refreshing = useAppSelector(selectRefresh) === 'refreshing';
  const version = useAppSelector(selectSession)?.version;
  const [leaving, setLeaving] = useState<'here' | 'everywhere' | null>(null);
  const [sure, setSure] = useState(false);
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const refresh = async () => {
    setError(null);
    setAsked(false);
    const result = await dispatch(refreshSession());
    if (refreshSession.fulfilled.match(result)) setAsked(true);
    else if (result.payload) setError(result.payload);
  };

  const leave = async (where: 'here' | 'everywhere') => {
    setSure(false);
    setLeaving(where);
    await logout({ everywhere: where === 'everywhere' });
    setLeaving(null);
  };

  return (
    <Card title={texts.actions}>
      <div className="flex flex-col gap-3">
        <Failure error={error} />
        <Button busy={refreshing} onClick={() => void refresh()}>
          {refreshing ? texts.refreshing : texts.refresh}
        </Button>
        <p role="status" className="-mt-1 mb-2 min-h-5 text-center text-xs text-muted">
          {asked && version !== undefined && texts.refreshed(version)}
        </p>
        <Button busy={leaving === 'here'} onClick={() => void leave('here')}>
          {texts.logout}
        </Button>
        <Button
          look="dangerPlain"
          busy={leaving === 'everywhere'}
          onPointerEnter={fetchConfirm}
          onFocus={fetchConfirm}
          onClick={() => setSure(true)}
          aria-describedby="everywhere-hint"
        >
          {texts.everywhere}
        </Button>
        <p id="everywhere-hint" className="-mt-1 text-center text-xs text-muted">
          {texts.everywhereHint}
        </p>
        {sure && (
          <Confirm
            title={texts.everywhereSure}
            text={texts.everywhereHint}
            yes={texts.everywhere}
            no={texts.everywhereNo}
            onYes={() => void leave('everywhere')}
            onNo={() => setSure(false)}
          />
        )}
      </div>
    </Card>
  );
}
