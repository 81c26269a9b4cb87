const root = new URL('../../..', import.meta.url).pathname;

/** The settings of every peer's app: the defaults, packages found further up, code that is not type-checked here. */
export default {
  turbopack: { root },
  outputFileTracingRoot: root,
  poweredByHeader: false,
};
