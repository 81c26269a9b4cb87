import { useMessages } from '../messages/useMessages.ts';

// Seconds into the story, out of 10; each request: sent, refused, replayed, answered.
const REQUESTS = [
  { sent: 0.4, refused: 2.2, replayed: 6.4, answered: 8.0 },
  { sent: 0.9, refused: 2.7, replayed: 6.5, answered: 8.5 },
  { sent: 1.4, refused: 3.2, replayed: 6.6, answered: 9.0 },
];
const RENEWAL = { from: 2.3, to: 6.2 };

const WIDTH = 720;
const LEFT = 10;
const ROW = 38;
const TOP = 40;
const x = (t: number) => LEFT + (t / 10) * (WIDTH - 2 * LEFT);
const span = (from: number, to: number) => ({ x: x(from), width: x(to) - x(from) });

/** Three requests whose token dies under way, and the one renewal that saves them: the idea as a drawing. */
export function LifeOfA401() {
  const { home, lab } = useMessages();
  const bottom = TOP + REQUESTS.length * ROW;
  const { phases } = lab;
  return (
    <figure>
      <div className="overflow-x-auto">
        <svg
          viewBox={`0 0 ${WIDTH} ${bottom + 70}`}
          role="img"
          aria-label={home.pictureAlt}
          className="w-full min-w-[34rem] text-[13px] fill-ink"
        >
          <rect
            {...span(RENEWAL.from, RENEWAL.to)}
            y={TOP - 26}
            height={bottom - TOP + 42}
            rx="8"
            className="fill-info-soft"
          />
          {REQUESTS.map(({ sent, refused, replayed, answered }, row) => {
            const y = TOP + row * ROW;
            return (
              <g key={sent}>
                <rect {...span(sent, refused)} y={y} height="18" rx="4" className="fill-phase-sent" />
                <rect {...span(refused, replayed)} y={y + 6} height="6" className="fill-phase-waiting" />
                <rect
                  {...span(replayed, answered)}
                  y={y}
                  height="18"
                  rx="4"
                  className="fill-phase-replayed"
                />
                <rect
                  x={x(refused) - 3}
                  y={y - 3}
                  width="6"
                  height="24"
                  rx="3"
                  className="fill-phase-expired"
                />
                <circle cx={x(answered)} cy={y + 9} r="9" className="fill-phase-answered" />
                <path
                  d={`M${x(answered) - 4} ${y + 9}l3 3 5-6`}
                  className="fill-none stroke-surface"
                  strokeWidth="2"
                  strokeLinecap="round"
                  strokeLinejoin="round"
                />
              </g>
            );
          })}
          <rect
            {...span(RENEWAL.from, RENEWAL.to)}
            y={bottom + 26}
            height="26"
            rx="8"
            className="fill-info"
          />
          <text
            x={x((RENEWAL.from + RENEWAL.to) / 2)}
            y={bottom + 44}
            textAnchor="middle"
            className="fill-surface font-medium"
          >
            {home.one}
          </text>
          <text x={x(REQUESTS[0]?.sent ?? 0)} y={TOP - 10}>
            {phases.sent}
          </text>
          <text x={x(REQUESTS[0]?.refused ?? 0) + 8} y={TOP - 10}>
            {phases.expired}
          </text>
          <text x={x(4.3)} y={TOP - 10} textAnchor="middle">
            {phases.waiting}
          </text>
          <text x={x(REQUESTS[0]?.replayed ?? 0)} y={TOP - 10}>
            {phases.replayed}
          </text>
          <text x={x(REQUESTS[0]?.answered ?? 0) + 4} y={TOP - 10}>
            {phases.answered}
          </text>
        </svg>
      </div>
      <figcaption className="sr-only">{home.picture}</figcaption>
    </figure>
  );
}
