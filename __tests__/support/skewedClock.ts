import { systemClock, type Clock } from '../../server/clock.ts';

/** The clock of the system, which a test may put forward; timers run as ever. */
export class SkewedClock implements Clock {
  #skewMs = 0;

  now(): number {
    return systemClock.now() + this.#skewMs;
  }

  readonly setTimeout = systemClock.setTimeout;
  readonly clearTimeout = systemClock.clearTimeout;

  putForward(ms: number): void {
    this.#skewMs += ms;
  }
}
