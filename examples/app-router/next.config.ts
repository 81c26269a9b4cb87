import type { NextConfig } from 'next';

const config: NextConfig = {
  cacheComponents: true,
  partialPrefetching: true,
  serverExternalPackages: ['reseal/server'],
};
export default config;
