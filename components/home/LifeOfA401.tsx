import { useState } from 'react';
import { useMessages } from '../messages/useMessages.ts';
import { EpisodeChart } from '../timeline/EpisodeChart.tsx';
import { RequestMarks } from '../timeline/RequestMarks.tsx';
import { Button } from '../ui/Button.tsx';
import { LIFE, STEPS_MS } from './life.ts';

/** How long the drawing plays; see `--animate-reveal`. */
const PLAY_MS = 6000;

/**
 * The idea as a drawing, the lab's own: three requests whose token dies under way, and the refresh that saves
 * them. It appears from left to right and each step lights up in its turn; with reduced motion all of it is there at once.
 */
export function LifeOfA401() {
  const { home } = useMessages();
  const [plays, setPlays] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const motion = isPaused ? '[animation-play-state:paused]' : '';
  return (
    // A new key plays it from the beginning.
    <div key={plays}>
      <div role="img" aria-label={home.pictureAlt} className={`animate-reveal ${motion}`}>
        <EpisodeChart episode={LIFE} nameOf={() => home.one}>
          {(scale) => (
            <div className="space-y-2.5 py-1">
              {LIFE.requests.map((marks, row) => (
                <div key={row} className="relative h-5">
                  <RequestMarks marks={marks} scale={scale} nowMs={LIFE.toMs} />
                </div>
              ))}
            </div>
          )}
        </EpisodeChart>
        <div className="relative mt-2 h-6" aria-hidden="true">
          {STEPS_MS.map((atMs, index) => (
            <span
              key={atMs}
              className="absolute flex size-6 -translate-x-1/2 items-center justify-center rounded-full bg-sunken text-xs font-semibold tabular-nums"
              style={{ left: `${atMs / 10}%` }}
            >
              {index + 1}
            </span>
          ))}
        </div>
      </div>
      <ol className="mt-6 grid gap-x-6 gap-y-4 sm:grid-cols-2 lg:grid-cols-5">
        {Object.values(home.steps).map(({ name, text }, index) => (
          <li
            key={name}
            className={`animate-light border-l-2 border-accent pl-3 ${motion}`}
            style={{ animationDelay: `${((STEPS_MS[index] ?? 0) * PLAY_MS) / 1000}ms` }}
          >
            <p className="text-sm font-semibold">
              <span className="mr-2 text-muted tabular-nums">{index + 1}</span>
              {name}
            </p>
            <p className="mt-1 text-sm text-muted">{text}</p>
          </li>
        ))}
      </ol>
      <div className="mt-6 flex gap-2 motion-reduce:hidden print:hidden">
        <Button small onClick={() => setPaused(!isPaused)}>
          {isPaused ? home.resume : home.pause}
        </Button>
        <Button
          small
          onClick={() => {
            setPaused(false);
            setPlays(plays + 1);
          }}
        >
          {home.again}
        </Button>
      </div>
    </div>
  );
}
