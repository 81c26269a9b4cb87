import { useMessages } from '../messages/useMessages.ts';

// Percent of the width; each request: sent, refused, replayed, answered.
const REQUESTS = [
  { sent: 1, refused: 21, replayed: 67, answered: 84 },
  { sent: 6, refused: 26, replayed: 68, answered: 90 },
  { sent: 11, refused: 31, replayed: 69, answered: 96 },
];
const REFRESH = { from: 22, to: 65 };

const ROW = 34;
const TOP = 34;
const BOTTOM = TOP + REQUESTS.length * ROW;

const span = (from: number, to: number) => ({ x: `${from}%`, width: `${to - from}%` });

/**
 * Three requests whose token dies under way, and the one refresh that saves them: the idea as a drawing.
 *
 * Laid out in percentages, not in a view box: so the words stay readable at 360 px.
 */
export function LifeOfA401() {
  const { home, lab } = useMessages();
  const { phases } = lab;
  const labels = [
    { x: 1, text: phases.sent },
    { x: 23.5, text: phases.expired },
    { x: 38, text: phases.waiting },
    { x: 67, text: phases.replayed },
  ];
  return (
    <svg
      role="img"
      aria-label={home.pictureAlt}
      width="100%"
      height={BOTTOM + 50}
      className="animate-reveal fill-ink text-[12px] sm:text-[13px]"
    >
      <rect
        {...span(REFRESH.from, REFRESH.to)}
        y={TOP - 28}
        height={BOTTOM - TOP + 34}
        rx="8"
        className="fill-info-soft"
      />
      {REQUESTS.map((request, row) => (
        <Request key={row} {...request} y={TOP + row * ROW} />
      ))}
      <rect {...span(REFRESH.from, REFRESH.to)} y={BOTTOM + 14} height="28" rx="8" className="fill-info" />
      <text
        x={`${(REFRESH.from + REFRESH.to) / 2}%`}
        y={BOTTOM + 32}
        textAnchor="middle"
        className="fill-surface font-medium"
      >
        {home.one}
      </text>
      {labels.map(({ x, text }) => (
        <text key={text} x={`${x}%`} y={TOP - 11}>
          {text}
        </text>
      ))}
      <text x="99%" y={BOTTOM + 8} textAnchor="end">
        {phases.answered}
      </text>
    </svg>
  );
}

type RequestProps = (typeof REQUESTS)[number] & { readonly y: number };

function Request({ sent, refused, replayed, answered, y }: RequestProps) {
  return (
    <>
      <rect {...span(sent, refused)} y={y} height="16" rx="4" className="fill-phase-sent" />
      <rect {...span(refused, replayed)} y={y + 6} height="4" className="fill-phase-waiting" />
      <rect {...span(replayed, answered)} y={y} height="16" rx="4" className="fill-phase-replayed" />
      <svg x={`${refused}%`} y={y} overflow="visible">
        <rect x="-3" y="-3" width="6" height="22" rx="3" className="fill-phase-expired" />
      </svg>
      <svg x={`${answered}%`} y={y + 8} overflow="visible">
        <circle r="9" className="fill-phase-answered" />
        <path
          d="m-4 0 3 3 5-6"
          className="fill-none stroke-surface"
          strokeWidth="2"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
    </>
  );
}
