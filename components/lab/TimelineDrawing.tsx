import type { TrafficPhase, TrafficRow } from '../../store/trafficSlice.ts';
import { useMessages } from '../messages/useMessages.ts';
import type { Episode } from './episode.ts';

const COLOURS: Record<TrafficPhase, string> = {
  sent: 'bg-phase-sent',
  expired: 'bg-phase-waiting',
  waiting: 'bg-phase-waiting',
  replayed: 'bg-phase-replayed',
  answered: 'bg-phase-answered',
  failed: 'bg-phase-expired',
};

/** One row a request, the refresh as one bar across all of them. */
export function TimelineDrawing({ episode: { rows, bars, fromMs, toMs } }: { readonly episode: Episode }) {
  const { lab } = useMessages();
  const percent = (atMs: number) =>
    (100 * (Math.min(Math.max(atMs, fromMs), toMs) - fromMs)) / (toMs - fromMs);
  const place = (from: number, to: number) => ({
    left: `${percent(from)}%`,
    width: `max(2px, ${percent(to) - percent(from)}%)`,
  });
  const height = rows.length > 40 ? 6 : rows.length > 15 ? 10 : 16;

  return (
    <div role="img" aria-label={lab.drawing(rows.length, bars.length)} className="relative pt-6">
      {bars.map(({ id, startedAtMs, endedAtMs, outcome }) => (
        <div
          key={id}
          className="absolute inset-y-0 rounded-md border-x border-info bg-info-soft"
          style={place(startedAtMs, endedAtMs ?? toMs)}
        >
          <span className="absolute top-0.5 left-1.5 text-xs whitespace-nowrap text-info">
            {lab.refreshBar} · {outcome ? lab.refreshOutcome[outcome] : lab.running}
          </span>
        </div>
      ))}
      <div className="relative space-y-px">
        {rows.map((row) => (
          <Row key={row.id} row={row} height={height} toMs={toMs} place={place} />
        ))}
      </div>
      <div className="relative mt-1 flex justify-between text-xs text-muted tabular-nums">
        <span>0</span>
        <span>{lab.ms(toMs - fromMs)}</span>
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: TrafficRow;
  readonly height: number;
  readonly toMs: number;
  readonly place: (from: number, to: number) => { left: string; width: string };
}

function Row({ row: { marks, method, path, outcome }, height, toMs, place }: RowProps) {
  return (
    <div className="relative" style={{ height }} title={`${method} ${path} ${outcome ?? ''}`}>
      {marks.map(({ phase, atMs }, index) => {
        const next = marks[index + 1]?.atMs ?? (phase === 'answered' || phase === 'failed' ? atMs : toMs);
        const thin = phase === 'waiting' || phase === 'expired';
        return (
          <span
            key={index}
            className={`absolute rounded-xs ${COLOURS[phase]} ${thin ? 'inset-y-1/3' : 'inset-y-0'}`}
            style={place(atMs, next)}
          />
        );
      })}
      {marks
        .filter(({ phase }) => phase === 'expired')
        .map(({ atMs }) => (
          <span
            key={atMs}
            className="absolute inset-y-0 w-1 -translate-x-1/2 rounded-xs bg-phase-expired"
            style={{ left: place(atMs, atMs).left }}
          />
        ))}
    </div>
  );
}
