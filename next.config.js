/** @type {import('next').NextConfig} */
const nextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  // iron-session 9 and what it brings are ESM only; next/jest reads this list too.
  transpilePackages: ['iron-session', 'iron-webcrypto', 'cookie', 'uint8array-extras', 'jose', 'openid-client', 'oauth4webapi'],
};

export default nextConfig;
