import { PHASE_PRODUCTION_BUILD } from 'next/constants.js';
import { DEFAULT_LOCALE, LOCALES } from './contract/locale.ts';
import { securityHeaders } from './server/http/securityHeaders.ts';

/** @type {import('next').NextConfig} */
const nextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  // The proxy's paths are the upstream's: a slash at the end is its business.
  skipTrailingSlashRedirect: true,
  // The address alone says which language: no one is sent elsewhere by a header or a cookie.
  i18n: { locales: [...LOCALES], defaultLocale: DEFAULT_LOCALE, localeDetection: false },
  headers: async () => securityHeaders(process.env.NODE_ENV === 'development'),
  // At the start Next would load every page and API route; in a process with a front door the routes are never asked.
  experimental: { preloadEntriesOnStart: false },
  // Nothing here uses next/image: the optimiser would fetch and decode whatever an address names.
  images: { unoptimized: true },
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

// For the Dockerfile, in every build; `next start` serves the same build and would only warn of the option.
export default (phase) => ({
  ...nextConfig,
  ...(phase === PHASE_PRODUCTION_BUILD ? { output: 'standalone' } : {}),
});
