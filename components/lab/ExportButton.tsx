import { useLabMessages } from '../messages/useLabMessages.ts';
import { Button } from '../ui/Button.tsx';
import type { Episode } from '../timeline/episode.ts';
import { exportOf } from '../timeline/story.ts';

/** Saves the shown episode as a JSON file. */
export function ExportButton({ episode }: { readonly episode: Episode }) {
  const lab = useLabMessages();
  const save = () => {
    const text = JSON.stringify(exportOf(episode), null, 2);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    link.download = 'reseal-timeline.json';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Button small onClick={save}>
      {lab.exportJson}
    </Button>
  );
}
