import type { NextConfig } from 'next';

const config: NextConfig = { serverExternalPackages: ['reseal'] };
export default config;
