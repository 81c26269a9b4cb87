import type { Episode } from './episode.ts';

/** Where moments of an episode stand, in percent of its width. */
export interface Scale {
  /** From 0 to 100; what lies outside is put at the edge. */
  readonly percent: (atMs: number) => number;
  /** Style of a stretch of time; however short, it can be seen. */
  readonly place: (fromMs: number, toMs: number) => { readonly left: string; readonly width: string };
}

/** Maps the episode's time onto its width. */
export function scaleOf({ fromMs, toMs }: Pick<Episode, 'fromMs' | 'toMs'>): Scale {
  const percent = (atMs: number) =>
    (100 * (Math.min(Math.max(atMs, fromMs), toMs) - fromMs)) / (toMs - fromMs);
  return {
    percent,
    place: (from, to) => ({
      left: `${percent(from)}%`,
      width: `max(2px, ${percent(to) - percent(from)}%)`,
    }),
  };
}

/** Round moments for an axis, in milliseconds from its beginning: two to five steps of 1, 2 or 5 times a power of ten. */
export function ticksOf(durationMs: number): readonly number[] {
  const rough = durationMs / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(durationMs / step) + 1 }, (_, index) => index * step);
}
