import { useState } from 'react';
import { useMessages } from '../messages/useMessages.ts';
import { useLogout } from '../shell/useLogout.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Confirm, fetchConfirm } from '../ui/Confirm.tsx';

/** Log out here, log out everywhere. */
export function SessionActions() {
  const { session: texts } = useMessages();
  const logout = useLogout();
  const [leaving, setLeaving] = useState<'here' | 'everywhere' | null>(null);
  const [sure, setSure] = useState(false);

  const leave = async (where: 'here' | 'everywhere') => {
    setSure(false);
    setLeaving(where);
    await logout({ everywhere: where === 'everywhere' });
    setLeaving(null);
  };

  return (
    <Card title={texts.actions}>
      <div className="flex flex-col gap-3">
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
