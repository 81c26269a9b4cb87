import { isEngineCode } from '../../store/apiError.ts';
import type { TrafficRow } from '../../store/demo/trafficRows.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { useMessages } from '../messages/useMessages.ts';
import { failuresOf } from '../timeline/story.ts';

/** Why requests failed, without pointing at each. */
export function Failures({ rows }: { readonly rows: readonly TrafficRow[] }) {
  const lab = useLabMessages();
  const { errors } = useMessages();
  const failures = failuresOf(rows);
  if (failures.length === 0) return null;
  return (
    <ul aria-label={lab.failures} className="mt-3 space-y-1 text-sm" data-testid="failures">
      {failures.map(([outcome, count]) => (
        <li key={outcome}>
          <strong className="font-medium tabular-nums">{lab.failed(count, outcome)}</strong>{' '}
          {isEngineCode(outcome) && errors.sentence({ code: outcome, status: null })}
        </li>
      ))}
    </ul>
  );
}
