import type { NextConfig } from 'next';

const config: NextConfig = { serverExternalPackages: ['reseal/server'] };
export default config;
