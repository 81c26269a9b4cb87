import type { Browser } from '../../../testing/browser.ts';
import type { Environment } from '../../../testing/production.ts';
import { createMetrics } from '../../../server/ops/metrics.ts';
import { createSessionCookies } from '../../../server/session/cookies.ts';
import { readSettings } from '../../../server/settings/fromEnv.ts';

/** Opens a browser's seal with the app's own key: the test has to know a token in order to kill it at the issuer. */
export async function sealOf(browser: Browser, env: Environment) {
  const seals = createSessionCookies(readSettings({ NODE_ENV: 'production', ...env }), createMetrics());
  const seal = await seals.open(browser.cookie);
  if (!seal) throw new Error('The browser holds no seal.');
  return seal;
}
