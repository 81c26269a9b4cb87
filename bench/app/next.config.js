import settingsOf from '../../next.config.js';

const root = new URL('../..', import.meta.url).pathname;

/** The settings of the app itself, without its languages and its headers; its code lies outside this folder. */
export default (phase) => {
  const { transpilePackages, poweredByHeader, skipTrailingSlashRedirect } = settingsOf(phase);
  return {
    transpilePackages,
    poweredByHeader,
    skipTrailingSlashRedirect,
    // Next would compress the answers of the bare routes and leave those of the proxy as the upstream sent them.
    compress: false,
    turbopack: { root },
    outputFileTracingRoot: root,
    typescript: { ignoreBuildErrors: true },
  };
};
