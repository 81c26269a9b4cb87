import { useMessages } from '../messages/useMessages.ts';
import { Card } from '../ui/Card.tsx';

/** Runs that kept the session, of 24: eight races, each three times. Measured in docs/bench.md. */
const RACES = [
  ['Reseal', 24],
  ['better-auth', 9],
  ['nextjs-auth0', 6],
  ['next-auth 5', 3],
  ['next-auth 4', 3],
  ['authkit-nextjs', 3],
  ['iron-session', 3],
] as const;
const RUNS = 24;

/** How often a session survives the same races. */
export function RaceTable() {
  const { home } = useMessages();
  return (
    <Card title={home.races}>
      <table className="w-full text-sm">
        <caption className="mb-3 -mt-2 text-left text-muted">{home.racesLead}</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{home.raceLibrary}</th>
            <th scope="col">{home.raceResult}</th>
          </tr>
        </thead>
        <tbody>
          {RACES.map(([name, passed]) => (
            <tr key={name}>
              <th scope="row" className="py-1 pr-3 sm:w-32 text-left font-medium whitespace-nowrap">
                {name}
              </th>
              <td className="py-1">
                <span className="flex items-center gap-3">
                  <span
                    aria-hidden="true"
                    className="h-3 flex-1 rounded-sm bg-sunken forced-color-adjust-none"
                  >
                    <span
                      className={`block h-full rounded-sm ${passed === RUNS ? 'bg-phase-answered' : 'bg-phase-expired'}`}
                      style={{ width: `${(100 * passed) / RUNS}%` }}
                    />
                  </span>
                  <span className="w-16 text-right tabular-nums">{home.raceOf(passed, RUNS)}</span>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
