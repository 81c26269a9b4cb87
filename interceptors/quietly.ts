/** Calls somebody's listener so that its exception reaches the console and nothing else. */
export function quietly<T>(listener: (event: T) => void, event: T): void {
  try {
    listener(event);
  } catch (error) {
    globalThis.reportError?.(error);
  }
}
