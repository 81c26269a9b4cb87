import fc from 'fast-check';
import { scaleOf, ticksOf } from '../../components/timeline/scale.ts';

describe('the axis of a timeline', () => {
  test.each([
    [100, [0, 20, 40, 60, 80, 100]],
    [2275, [0, 500, 1000, 1500, 2000]],
    [9000, [0, 2000, 4000, 6000, 8000]],
  ])('of %i ms has round moments', (durationMs, ticks) => {
    expect(ticksOf(durationMs)).toEqual(ticks);
  });

  test('never has so many that they cannot be read, nor so few that they say nothing', () => {
    fc.assert(
      fc.property(fc.double({ min: 100, max: 1e7, noNaN: true }), (durationMs) => {
        const ticks = ticksOf(durationMs);
        expect(ticks.length).toBeGreaterThanOrEqual(3);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(ticks.at(-1)).toBeLessThanOrEqual(durationMs);
      }),
    );
  });
});

test('a moment outside the episode stands at its edge, and the shortest stretch can be seen', () => {
  const { percent, place } = scaleOf({ fromMs: 1000, toMs: 3000 });
  expect([500, 1000, 2000, 3000, 9000].map(percent)).toEqual([0, 0, 50, 100, 100]);
  expect(place(2000, 2000)).toEqual({ left: '50%', width: 'max(2px, 0%)' });
});
