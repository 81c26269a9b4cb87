import settings from '../../next.config.js';
import settingsOf from '../../../../../next.config.js';

/** Its server is this repository's own code, which lies outside of this folder. */
export default (phase) => ({
  ...settings,
  transpilePackages: settingsOf(phase).transpilePackages,
  typescript: { ignoreBuildErrors: true },
});
