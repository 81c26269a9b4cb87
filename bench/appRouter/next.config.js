import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Reseal's server half lies outside this folder; its dependencies stay packages, as with the package installed. */
export default {
  poweredByHeader: false,
  // Next would compress the answers of the bare routes and leave those of the proxy as the upstream sent them.
  compress: false,
  serverExternalPackages: ['undici', 'iron-session', 'redis', 'pino', 'prom-client', 'openid-client'],
  turbopack: { root },
  outputFileTracingRoot: root,
  typescript: { ignoreBuildErrors: true },
};
