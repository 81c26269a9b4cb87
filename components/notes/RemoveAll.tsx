import { useState } from 'react';
import { hookError } from '../../store/apiError.ts';
import { useRemoveAllNotesMutation } from '../../store/demo/upstreamApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Confirm, fetchConfirm } from '../ui/Confirm.tsx';
import { Failure } from '../ui/Failure.tsx';

interface RemoveAllProps {
  /** How many notes there are. */
  readonly count: number;
  /** They are gone, and this button with them. */
  readonly onRemoved: () => void;
}

/** Deletes every note, once the person is sure; the API behind may ask for a new login first. */
export function RemoveAll({ count, onRemoved }: RemoveAllProps) {
  const { notes: texts } = useMessages();
  const [isAsking, setAsking] = useState(false);
  const [removeAll, { isLoading, error }] = useRemoveAllNotesMutation();
  const remove = async () => {
    setAsking(false);
    const { error: refused } = await removeAll(undefined);
    if (!refused) onRemoved();
  };
  return (
    <div className="space-y-3">
      <Failure error={isLoading ? null : hookError(error)} what={texts.removeAllFailed} />
      <div className="flex justify-end">
        <Button
          look="dangerPlain"
          busy={isLoading}
          onPointerEnter={fetchConfirm}
          onFocus={fetchConfirm}
          onClick={() => setAsking(true)}
        >
          {isLoading ? texts.removingAll : texts.removeAll}
        </Button>
      </div>
      {isAsking && (
        <Confirm
          title={texts.removeAllSure}
          text={texts.removeAllText(count)}
          yes={texts.removeAllYes}
          no={texts.removeAllNo}
          onYes={() => void remove()}
          onNo={() => setAsking(false)}
        />
      )}
    </div>
  );
}
