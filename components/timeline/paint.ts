import type { TrafficPhase } from '../../store/demo/trafficRows.ts';
import type { Episode } from './episode.ts';
import { scaleOf, ticksOf } from './scale.ts';

const WIDTH = 1200;
const MARGIN = 32;
const TOP = 76;

/** A lane of the picture, with its title. */
export interface Lane {
  readonly title: string;
  readonly episode: Episode;
}

/** Draws the lanes as a picture, in the colours of the page. */
export function paint(lanes: readonly Lane[], timeOf: (ms: number) => string): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const heights = lanes.map(({ episode }) => TOP + episode.rows.length * rowHeight(episode) + 40);
  canvas.width = WIDTH * 2;
  canvas.height = 2 * heights.reduce((sum, height) => sum + height, 0);
  const pen = canvas.getContext('2d');
  if (!pen) return canvas;
  pen.scale(2, 2);
  const colours = coloursOf(document.documentElement);
  pen.fillStyle = colours('surface');
  pen.fillRect(0, 0, WIDTH, canvas.height);
  lanes.forEach((lane, index) => {
    paintLane(pen, lane, colours, timeOf);
    pen.translate(0, heights[index] ?? 0);
  });
  return canvas;
}

const rowHeight = ({ rows }: Episode) => (rows.length > 60 ? 6 : 10);

type Colours = (name: string) => string;

const coloursOf = (element: Element): Colours => {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(`--color-${name}`).trim() || '#888';
};

function paintLane(
  pen: CanvasRenderingContext2D,
  { title, episode }: Lane,
  colours: Colours,
  timeOf: (ms: number) => string,
): void {
  const { rows, bars, fromMs, toMs } = episode;
  const scale = scaleOf(episode);
  const x = (ms: number) => MARGIN + (scale.percent(ms) * (WIDTH - 2 * MARGIN)) / 100;
  const height = rowHeight(episode);
  const bottom = TOP + rows.length * height + 8;
  const rect = (colour: string, box: readonly [number, number, number, number]) => {
    pen.fillStyle = colours(colour);
    pen.fillRect(...box);
  };

  pen.font = '600 18px system-ui, sans-serif';
  pen.fillStyle = colours('ink');
  pen.fillText(title, MARGIN, 34);
  pen.font = '12px system-ui, sans-serif';
  for (const ms of ticksOf(toMs - fromMs)) {
    rect('line', [x(fromMs + ms), TOP - 24, 1, bottom - TOP + 24]);
    pen.fillStyle = colours('muted');
    pen.fillText(timeOf(ms), x(fromMs + ms) + 4, bottom + 16);
  }
  for (const { startedAtMs, endedAtMs, outcome } of bars) {
    const width = Math.max(2, x(endedAtMs ?? toMs) - x(startedAtMs));
    const colour = outcome === 'ended' ? 'danger' : outcome === 'failed' ? 'warn' : 'info';
    rect(colour, [x(startedAtMs), TOP - 16, width, 8]);
    pen.globalAlpha = 0.2;
    rect(colour, [x(startedAtMs), TOP - 8, width, bottom - TOP + 8]);
    pen.globalAlpha = 1;
  }
  rows.forEach(({ marks }, index) => {
    const y = TOP + index * height;
    marks.forEach(({ phase, atMs }, at) => {
      const stretch = STRETCHES[phase];
      if (!stretch) return;
      const thin = stretch.share * (height - 1);
      const width = Math.max(1, x(marks[at + 1]?.atMs ?? toMs) - x(atMs));
      rect(stretch.colour, [x(atMs), y + (height - 1 - thin) / 2, width, thin]);
    });
    for (const { phase, atMs } of marks) {
      const colour = MOMENTS[phase];
      if (colour) rect(colour, [x(atMs) - 2, y, 4, height - 1]);
    }
  });
}

const STRETCHES: Partial<Record<TrafficPhase, { readonly colour: string; readonly share: number }>> = {
  inBrowser: { colour: 'phase-sent', share: 0.15 },
  sent: { colour: 'phase-sent', share: 1 },
  expired: { colour: 'phase-waiting', share: 0.3 },
  waiting: { colour: 'phase-waiting', share: 0.3 },
  replayed: { colour: 'phase-replayed', share: 1 },
};

const MOMENTS: Partial<Record<TrafficPhase, string>> = {
  expired: 'phase-expired',
  answered: 'phase-answered',
  failed: 'phase-failed',
};
