import shared from '../../next.config.js';

const root = new URL('../..', import.meta.url).pathname;

/** @type {import('next').NextConfig} The settings of the app itself; its code lies outside this folder. */
const nextConfig = {
  ...shared,
  turbopack: { root },
  outputFileTracingRoot: root,
  typescript: { ignoreBuildErrors: true },
};

export default nextConfig;
