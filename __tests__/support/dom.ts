import { JSDOM } from 'jsdom';

/** A DOM in a test that needs Node's own `fetch` and sockets, which the jsdom environment lacks. Import it before React. */
const { window } = new JSDOM('<!doctype html><body></body>', {
  url: 'http://localhost/',
  pretendToBeVisual: true,
});

Object.assign(globalThis, {
  window,
  document: window.document,
  HTMLElement: window.HTMLElement,
  Node: window.Node,
  MutationObserver: window.MutationObserver,
  getComputedStyle: window.getComputedStyle.bind(window),
  IS_REACT_ACT_ENVIRONMENT: true,
});

// The page's targets know the page's signals only, and the engine is given Node's: `signal` becomes a removal.
for (const target of [window, window.document]) {
  const add = target.addEventListener.bind(target) as (...args: unknown[]) => void;
  target.addEventListener = (type: string, listener: EventListener, options?: AddEventListenerOptions) => {
    const { signal, ...rest } = typeof options === 'object' ? options : {};
    add(type, listener, typeof options === 'object' ? rest : options);
    signal?.addEventListener('abort', () => target.removeEventListener(type, listener), { once: true });
  };
}

/** Stops the page's timers, which would keep the process alive. */
afterAll(() => window.close());

/** Runs work as the server does: without a page. */
export async function asServer<T>(work: () => Promise<T>): Promise<T> {
  const { window: page, document } = globalThis;
  Object.assign(globalThis, { window: undefined, document: undefined });
  try {
    return await work();
  } finally {
    Object.assign(globalThis, { window: page, document });
  }
}
