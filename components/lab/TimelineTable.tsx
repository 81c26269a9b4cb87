import { useLabMessages } from '../messages/useLabMessages.ts';
import { useMessages } from '../messages/useMessages.ts';
import type { Episode } from '../timeline/episode.ts';
import { storyOf } from '../timeline/story.ts';

/** The timeline as a table: for screen readers, and for exact figures. */
export function TimelineTable({ episode: { rows, bars, fromMs } }: { readonly episode: Episode }) {
  const lab = useLabMessages();
  const { figures } = useMessages();
  const { columns, phases } = lab;
  const at = (ms: number) => figures.ms(Math.max(0, ms - fromMs));
  return (
    <div className="mt-3 max-h-96 overflow-auto" tabIndex={0} role="region" aria-label={lab.asTable}>
      <table className="w-full min-w-max text-left text-xs tabular-nums">
        <thead className="sticky top-0 bg-surface">
          <tr className="border-b border-line">
            {[columns.request, columns.at, columns.life, columns.outcome].map((name) => (
              <th key={name} scope="col" className="py-2 pr-4 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {bars.map(({ id, startedAtMs, endedAtMs, outcome }) => (
            <tr key={`refresh-${id}`} className="bg-info-soft">
              <th scope="row" className="py-1.5 pr-4 font-medium">
                {columns.refresh}
              </th>
              <td className="pr-4">{at(startedAtMs)}</td>
              <td className="pr-4">
                {endedAtMs === null ? lab.running : figures.ms(endedAtMs - startedAtMs)}
              </td>
              <td>{outcome ? lab.refreshOutcome[outcome] : ''}</td>
            </tr>
          ))}
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row" className="py-1.5 pr-4 font-normal">
                {row.method} {row.path}
              </th>
              <td className="pr-4 whitespace-nowrap">{at(row.marks[0]?.atMs ?? fromMs)}</td>
              <td className="pr-4">{storyOf(row, phases, at)}</td>
              <td>{row.outcome}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
