import type { TrafficPhase, TrafficRow } from '../../store/trafficSlice.ts';

const COLOURS: Record<TrafficPhase, string> = {
  sent: 'bg-phase-sent',
  expired: 'bg-phase-waiting',
  waiting: 'bg-phase-waiting',
  replayed: 'bg-phase-replayed',
  answered: 'bg-phase-answered',
  failed: 'bg-phase-expired',
};

interface TimelineRowProps {
  readonly row: TrafficRow;
  readonly id: string;
  /** Its story, for whoever hears it. */
  readonly name: string;
  readonly height: number;
  readonly isPicked: boolean;
  readonly toMs: number;
  readonly place: (from: number, to: number) => { left: string; width: string };
  readonly onPick: () => void;
}

/** One request as a row: where it was on its way, a red stroke for its 401. */
export function TimelineRow({
  row: { marks },
  id,
  name,
  height,
  isPicked,
  toMs,
  place,
  onPick,
}: TimelineRowProps) {
  return (
    <div
      id={id}
      role="option"
      aria-selected={isPicked}
      aria-label={name}
      className={`relative rounded-xs ${isPicked ? 'outline-2 outline-offset-1 outline-accent' : ''}`}
      style={{ height }}
      onPointerEnter={onPick}
    >
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
