/*
 * What a process has once, on `globalThis`: Next gives API routes, pages and instrumentation a module instance each.
 * This module imports no code, so that what asks here does not load the server a second time.
 */
const RESEAL = Symbol.for('reseal.server');
const FRONT_DOOR = Symbol.for('reseal.frontDoor');
const shared = globalThis as { [RESEAL]?: unknown; [FRONT_DOOR]?: true };

/** The server of this process; `undefined` where none was put together yet. */
export const runningReseal = <T>(): T | undefined => shared[RESEAL] as T | undefined;

/** The server of this process, which `compose` puts together where there is none. */
export const runningOr = <T>(compose: () => T): T => (shared[RESEAL] ??= compose()) as T;

/** Says that this process has a front door: Next's instrumentation then starts nothing. */
export function markFrontDoor(): void {
  shared[FRONT_DOOR] = true;
}

/** Tells whether a front door serves this process. */
export const hasFrontDoor = (): boolean => shared[FRONT_DOOR] === true;
