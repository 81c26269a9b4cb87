import { hookError } from '../../store/apiError.ts';
import { useChangeLabMutation, useLabQuery } from '../../store/demo/labApi.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
import { NO_FAULTS } from './presets.ts';

/** Says that the sample backend fails on purpose, and ends it. */
export function OutageBanner() {
  const lab = useLabMessages();
  const { data } = useLabQuery(undefined);
  const [change, { isLoading, error }] = useChangeLabMutation();
  const names: Readonly<Record<string, string>> = lab.faultKinds;
  const faults = Object.entries(data?.faults ?? {}).flatMap(([scope, rules]) =>
    rules.map(({ kind, times }) => lab.outageOf(scope, names[kind] ?? kind, times ?? null)),
  );
  if (faults.length === 0) return null;
  return (
    <div className="sticky top-2 z-10 print:static">
      <Alert
        tone="warn"
        action={
          <Button busy={isLoading} onClick={() => void change({ faults: NO_FAULTS })}>
            {lab.outageOff}
          </Button>
        }
      >
        <strong className="font-medium">{lab.outageOn}</strong> {faults.join(' ')}
        <Failure error={hookError(error)} />
      </Alert>
    </div>
  );
}
