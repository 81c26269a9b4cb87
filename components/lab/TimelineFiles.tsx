import { useRef, useState, type ChangeEvent } from 'react';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { useMessages } from '../messages/useMessages.ts';
import type { Episode } from '../timeline/episode.ts';
import { paint, type Lane } from '../timeline/paint.ts';
import { exportOf, importOf } from '../timeline/story.ts';
import { Button } from '../ui/Button.tsx';

interface TimelineFilesProps {
  readonly episode: Episode | null;
  readonly lanes: readonly Lane[];
  readonly onOpen: (episode: Episode) => void;
}

/** The timeline as a file, as a picture, and out of a file again. */
export function TimelineFiles({ episode, lanes, onOpen }: TimelineFilesProps) {
  const lab = useLabMessages();
  const { figures } = useMessages();
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');

  const save = () => {
    if (!episode) return;
    const text = JSON.stringify(exportOf(episode), null, 2);
    download(new Blob([text], { type: 'application/json' }), 'reseal-timeline.json');
  };
  const copy = async () => {
    const picture = new Promise<Blob>((resolve, reject) =>
      paint(lanes, figures.ms).toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture')))),
    );
    try {
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
      setSaid(lab.imageCopied);
    } catch {
      // No clipboard, or not allowed: the picture is a file then.
      download(await picture, 'reseal-timeline.png');
      setSaid(lab.imageSaved);
    }
  };
  const open = async (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    event.target.value = '';
    if (!file) return;
    const opened = importOf(await file.text());
    setSaid(opened ? lab.opened(file.name) : lab.notATimeline(file.name));
    if (opened) onOpen(opened);
  };

  return (
    <div className="mt-4 flex flex-wrap items-center gap-2 print:hidden">
      {episode && (
        <>
          <Button small onClick={save}>
            {lab.exportJson}
          </Button>
          <Button small onClick={() => void copy()}>
            {lab.copyImage}
          </Button>
        </>
      )}
      <Button small onClick={() => input.current?.click()}>
        {lab.openFile}
      </Button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={lab.openFile}
        onChange={(event) => void open(event)}
      />
      <p role="status" className="text-xs text-muted">
        {said}
      </p>
    </div>
  );
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
