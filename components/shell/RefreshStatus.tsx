import { selectQueued, selectRefresh } from '../../store/authSlice.ts';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';

/**
 * A word on the refresh while it runs or is delayed. A polite live region that is always there: one that
 * appears together with its text is often not read out.
 */
export function RefreshStatus() {
  const { shell } = useMessages();
  const refresh = useAppSelector(selectRefresh);
  const queued = useAppSelector(selectQueued);
  return (
    <div role="status" data-refresh={refresh} className="text-xs">
      {refresh === 'refreshing' && (
        <span className="flex items-center gap-2 rounded-full bg-info-soft px-3 py-1 text-info">
          <span className="size-2 animate-pulse rounded-full bg-current" aria-hidden="true" />
          <span className="max-sm:sr-only">
            {shell.refreshing}
            {queued > 0 && ` · ${shell.waiting(queued)}`}
          </span>
        </span>
      )}
      {refresh === 'degraded' && (
        <span className="flex items-center gap-2 rounded-full bg-warn-soft px-3 py-1 text-warn">
          <span className="size-2 rounded-full bg-current" aria-hidden="true" />
          <span className="max-sm:sr-only">{shell.degraded}</span>
        </span>
      )}
    </div>
  );
}
