import { startRedis } from '../../testing/redisServer.ts';
import { startApache } from '../frontDoor/native.ts';
import { openBrowser } from './browser.ts';
import { openDeployment, type Deployment } from './deployment.ts';
import { startIssuer } from './issuer.ts';
import { outcomeOf, personOf, type Visitor } from './visitor.ts';

/** Two servers of Apache with mod_auth_openidc: over one Redis, or each with its own shared memory. */
export function openApacheDeployment(store: 'shm' | 'Redis'): Promise<Deployment> {
  return openDeployment(
    `mod_auth_openidc, ${store}`,
    async (appUrl, upstreamUrl) => {
      const issuer = await startIssuer(upstreamUrl);
      const redis = store === 'Redis' ? await startRedis() : null;
      const around = { issuerUrl: issuer.url, callUrl: `${upstreamUrl}/me`, appUrl };
      const options = redis ? { ...around, redisUrl: redis.url } : around;
      const instances = [await startApache(options), await startApache(options)];
      const close = async () => {
        await redis?.close();
        await issuer.close();
      };
      return { instances, close };
    },
    (appUrl) => apacheVisitor(appUrl, openBrowser(appUrl)),
  );
}

function apacheVisitor(appUrl: string, browser: ReturnType<typeof openBrowser>): Visitor {
  const { http } = browser;
  const logout = () => browser.visit(`/oidc?logout=${encodeURIComponent(`${appUrl}/`)}`, '');
  return {
    async login(person) {
      // Who has a session is not asked to log in: another person logs out first.
      if ((await http.get('/oidc?info=json')).status === 200) await logout();
      await browser.visit('/login', person);
    },
    async logout() {
      await logout();
    },
    call: () => outcomeOf(http.get('/api/call')),
    async session() {
      const { status, data } = await http.get<{ id_token?: { sub?: string } }>('/oidc?info=json');
      const who = status === 200 ? data.id_token?.sub : undefined;
      return { who: who === undefined ? null : personOf(who) };
    },
    cutRefresh: (signal) => browser.cutNext(signal),
    earlier: () => apacheVisitor(appUrl, browser.earlier()),
    close: browser.close,
  };
}
