import { useLabMessages } from '../messages/useLabMessages.ts';

const LEGEND = [
  ['inBrowser', 'h-0.5 w-4 bg-phase-sent'],
  ['sent', 'size-2.5 rounded-sm bg-phase-sent'],
  ['expired', 'h-3 w-1 rounded-xs bg-phase-expired'],
  ['waiting', 'h-1 w-4 rounded-sm bg-phase-waiting'],
  ['replayed', 'size-2.5 rounded-sm bg-phase-replayed'],
  ['answered', 'h-3 w-1.5 rounded-xs bg-phase-answered'],
  ['failed', 'size-3 bg-phase-failed [clip-path:polygon(50%_0,100%_50%,50%_100%,0_50%)]'],
] as const;

/** What the marks of the timeline mean, each drawn as it is there. */
export function Legend({ hasOtherTab }: { readonly hasOtherTab: boolean }) {
  const lab = useLabMessages();
  const signs = [
    ...LEGEND.map(([phase, look]) => ({ name: lab.phases[phase], look })),
    { name: lab.refreshBar, look: 'h-2 w-4 rounded-sm bg-info' },
    ...(hasOtherTab ? [{ name: lab.otherTab, look: 'size-2.5 rounded-full bg-ink' }] : []),
  ];
  return (
    <div data-testid="legend" className="mb-4 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {signs.map(({ name, look }) => (
        <span key={name} className="flex items-center gap-1.5">
          <span className={`forced-color-adjust-none ${look}`} aria-hidden="true" />
          {name}
        </span>
      ))}
    </div>
  );
}
