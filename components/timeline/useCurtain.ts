import { useCallback, useEffect, useState, type RefCallback } from 'react';

/** Where time stands in an episode, and how much of it is drawn. */
interface Curtain {
  /** For each drawing's curtain; several move together. */
  readonly ref: RefCallback<HTMLDivElement>;
  /** The end of the drawn window while the episode grows; its own end otherwise. */
  readonly toMs: number;
}

interface CurtainOptions {
  readonly fromMs: number;
  readonly toMs: number;
  /** Requests are under way: the window grows with the clock. */
  readonly isLive: boolean;
  /** Answers where time stands, on the episode's clock; `null` once a replay is over. */
  readonly clock: () => number | null;
  readonly onEnd?: () => void;
}

/** The window of a running episode grows by this factor, so that it is drawn anew only a few times. */
const GROWTH = 1.6;

/**
 * Moves the line of now over a drawing without drawing it anew: what is under way is drawn up to the edge of the
 * window, and a curtain covers what is still to come. With reduced motion the line moves once a second.
 */
export function useCurtain({ fromMs, toMs, isLive, clock, onEnd }: CurtainOptions): Curtain {
  const [elements] = useState(() => new Set<HTMLDivElement>());
  const [reach, setReach] = useState(1000);
  const edge = isLive ? Math.max(toMs, fromMs + reach) : toMs;

  useEffect(() => {
    if (!isLive) setReach(1000);
  }, [isLive]);

  useEffect(() => {
    const isCalm = window.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? true;
    let handle = 0;
    const move = () => {
      const now = clock();
      if (now === null) return onEnd?.();
      if (isLive && now > edge) setReach((before) => Math.max(before, now - fromMs) * GROWTH);
      const percent = (100 * (now - fromMs)) / (edge - fromMs);
      for (const { style } of elements) style.left = `${Math.min(100, Math.max(0, percent))}%`;
      handle = isCalm ? window.setTimeout(move, 1000) : requestAnimationFrame(move);
    };
    move();
    return () => (isCalm ? clearTimeout(handle) : cancelAnimationFrame(handle));
  }, [clock, edge, elements, fromMs, isLive, onEnd]);

  const ref = useCallback<RefCallback<HTMLDivElement>>(
    (element) => {
      if (!element) return;
      elements.add(element);
      return () => void elements.delete(element);
    },
    [elements],
  );
  return { ref, toMs: edge };
}
