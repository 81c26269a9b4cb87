/** Calls a listener of the app; reports what it throws to the console and goes on. */
export function notify<T>(listener: (event: T) => void, event: T): void {
  try {
    listener(event);
  } catch (error) {
    globalThis.reportError?.(error);
  }
}
