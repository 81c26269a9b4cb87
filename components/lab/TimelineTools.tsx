import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { selectPaused, timelineCleared, timelinePaused } from '../../store/demo/trafficSlice.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { Button } from '../ui/Button.tsx';

const ZOOMS = [1, 2, 4, 8] as const;

/** How many times wider than the page the drawing is. */
export type Zoom = (typeof ZOOMS)[number];

interface TimelineToolsProps {
  readonly zoom: Zoom;
  readonly onZoom: (zoom: Zoom) => void;
  /** An exported file is shown. */
  readonly isOpened: boolean;
  readonly onClose: () => void;
  /** `null` while there is nothing to replay. */
  readonly onReplay: (() => void) | null;
}

/** Zoom, replay, pause and clear. */
export function TimelineTools({ zoom, onZoom, isOpened, onClose, onReplay }: TimelineToolsProps) {
  const lab = useLabMessages();
  const dispatch = useAppDispatch();
  const paused = useAppSelector(selectPaused);
  const step = (by: 1 | -1) => onZoom(ZOOMS[ZOOMS.indexOf(zoom) + by] ?? zoom);
  return (
    <div className="flex flex-wrap gap-2 print:hidden">
      <Button small aria-label={lab.zoomOut} disabled={zoom === 1} onClick={() => step(-1)}>
        −
      </Button>
      <Button small aria-label={lab.zoomIn} disabled={zoom === 8} onClick={() => step(1)}>
        +
      </Button>
      {onReplay && (
        <Button small onClick={onReplay}>
          {lab.replay}
        </Button>
      )}
      {isOpened ? (
        <Button small onClick={onClose}>
          {lab.closeFile}
        </Button>
      ) : (
        <>
          <Button small aria-pressed={paused} onClick={() => dispatch(timelinePaused(!paused))}>
            {paused ? lab.resume : lab.pause}
          </Button>
          <Button small onClick={() => dispatch(timelineCleared())}>
            {lab.clear}
          </Button>
        </>
      )}
    </div>
  );
}
