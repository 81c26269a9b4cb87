import { securityHeaders } from './server/securityHeaders.ts';

/** @type {import('next').NextConfig} */
const nextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  headers: async () => securityHeaders(process.env.NODE_ENV === 'development'),
  // iron-session 9 and what it brings are ESM only; next/jest reads this list too.
  transpilePackages: [
    'iron-session',
    'iron-webcrypto',
    'cookie',
    'uint8array-extras',
    'jose',
    'openid-client',
    'oauth4webapi',
  ],
};

export default nextConfig;
