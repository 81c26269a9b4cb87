import { codeOf, infoOf, type Browser } from '../../../testing/browser.ts';
import type { Environment } from '../../../testing/production.ts';
import { until } from '../../../testing/until.ts';
import { sealOf } from './visitor.ts';

/** What a real backend or provider adds to the life cycle that all of them go through. */
export interface Subject {
  readonly env: Environment;
  /** Signs a new browser in. */
  signIn(): Promise<Browser>;
  /** A path of the upstream that answers 401 to a dead access token. */
  readonly protectedPath: string;
  /** How many refreshes the issuer has counted so far. */
  refreshes(): number;
  /** Has the issuer forget a refresh token. */
  kill(refreshToken: string, accessToken: string): Promise<void>;
  /** Presents a refresh token to the issuer itself; resolves with whether it still works. */
  isAlive(refreshToken: string): Promise<boolean>;
  /** False where the issuer has no way to revoke a refresh token. */
  readonly revokes: boolean;
}

/** Ten calls at once over a dead access token, then ten refreshes at once. */
export async function burstOverAnExpiry({ protectedPath, refreshes }: Subject, browser: Browser) {
  const call = () => browser.call(`/api/upstream${protectedPath}`);
  const first = await call();
  await until(async () => (await call()).status === 401, {
    withinMs: 30_000,
    what: 'the end of the access token',
  });
  const before = refreshes();
  const refused = await Promise.all(Array.from({ length: 10 }, call));
  const reasons = await Promise.all(refused.map(codeOf));
  const staleVersion = Number(refused[0]?.headers.get('x-reseal-version'));
  const { cookie } = browser;
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => browser.refresh(staleVersion, { cookie })),
  );
  const infos = await Promise.all(answers.map(infoOf));
  return {
    before: first.status,
    reasons: [...new Set(reasons)],
    versions: [...new Set(infos.map(({ session }) => session.version))],
    refreshes: refreshes() - before,
    after: (await call()).status,
  };
}

export const A_GOOD_BURST = {
  before: 200,
  reasons: ['token_expired'],
  versions: [2],
  refreshes: 1,
  after: 200,
};

/** Lets the issuer forget the refresh token; answers what the next refreshes are told. */
export async function refusedRefresh({ env, kill }: Subject, browser: Browser) {
  const { pair, version } = await sealOf(browser, env);
  await kill(pair.refreshToken ?? '', pair.accessToken);
  const response = await browser.refresh(version);
  return [response.status, await codeOf(response)];
}

/** Logs out; answers what then becomes of the old cookie and of the refresh token at the issuer. */
export async function loggedOut({ env, isAlive, revokes }: Subject, browser: Browser) {
  const { cookie } = browser;
  const { pair } = await sealOf(browser, env);
  const { status } = await browser.logout();
  const old = await browser.whoAmI({ cookie });
  // The revocation goes on behind the answer.
  if (revokes) await until(async () => !(await isAlive(pair.refreshToken ?? '')), { what: 'the revocation' });
  return { status, old: [old.status, await codeOf(old)] };
}

export const A_GOOD_LOGOUT = { status: 204, old: [401, 'session_ended'] };
