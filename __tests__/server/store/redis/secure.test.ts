import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { makeCertificates, type Certificates } from '../../../../testing/certificates.ts';
import { startRedisCluster } from '../../../../testing/redisCluster.ts';
import { startSentinelGroup } from '../../../../testing/redisSentinel.ts';
import { describeWithRedis, redisAt, type RedisServer } from '../../../../testing/redisServer.ts';
import { until, works } from '../../../../testing/until.ts';
import { systemClock } from '../../../../server/clock.ts';
import { createLog } from '../../../../server/ops/log.ts';
import { createMetrics } from '../../../../server/ops/metrics.ts';
import type { SessionStore } from '../../../../server/store/contracts.ts';
import { openStore } from '../../../../server/store/openStore.ts';
import { startAppWithUpstream } from '../../../support/app.ts';
import { Browser } from '../../../../testing/browser.ts';
import { testsOfAStore } from '../../../support/storeConformance.ts';

jest.setTimeout(120_000);

const PASSWORD = 'a-long-password';
/** The rule of the docs for one server, and what it needs besides for a Cluster. */
const docs = readFileSync('docs/operating.md', 'utf8');
const ruleOf = (kind: string) => new RegExp(`^user ${kind} (.+)$`, 'm').exec(docs)?.[1]?.split(' ') ?? [];

interface Secured {
  readonly url: string;
  readonly servers: readonly RedisServer[];
  close(): Promise<void>;
}

const kinds = {
  'a Cluster': {
    rule: ruleOf('reseal-cluster'),
    start: async (certificates: Certificates): Promise<Secured> => {
      const cluster = await startRedisCluster({ certificates });
      return { ...cluster, servers: cluster.primaries };
    },
  },
  'the primary of three Sentinels': {
    rule: ruleOf('reseal'),
    start: (certificates: Certificates): Promise<Secured> =>
      startSentinelGroup({ certificates, replicas: 1 }),
  },
};

describeWithRedis('a store over TLS, as a user who may do no more than the docs say', () => {
  describe.each(Object.entries(kinds))('in %s', (_, { rule, start }) => {
    const trusted = getCACertificates('default');
    let certificates: Certificates;
    let secured: Secured;
    let url: string;
    let store: SessionStore;

    beforeAll(async () => {
      certificates = makeCertificates();
      secured = await start(certificates);
      for (const server of secured.servers)
        await server.command('ACL', 'SETUSER', 'reseal', 'reset', ...rule);
      url = secured.url.replace('://', `://reseal:${PASSWORD}@`);
      setDefaultCACertificates([...trusted, certificates.ca]);
      store = openStore(redisAt(url), systemClock, {
        log: createLog('silent'),
        metrics: createMetrics(),
      }).store;
      await until(() => works(store.ready()), { what: 'the store' });
    });
    afterAll(async () => {
      setDefaultCACertificates(trusted);
      await store?.close();
      await secured?.close();
      certificates?.remove();
    });

    testsOfAStore(async () => store);

    test('a session is refused nothing from its login to its end', async () => {
      const app = await startAppWithUpstream({}, { env: { REDIS_URL: url } });
      try {
        const ada = new Browser(app.url);
        await until(async () => (await ada.call('/api/health?ready')).status === 200, { what: 'readiness' });
        await ada.login();
        expect((await ada.refresh(1)).status).toBe(200);
        expect((await ada.call('/api/sessions')).status).toBe(200);
        expect((await ada.logout({ everywhere: true })).status).toBe(204);
        expect((await ada.whoAmI()).status).toBe(401);
        for (const server of secured.servers) expect(await server.command('ACL', 'LOG')).toEqual([]);
      } finally {
        await app.close();
      }
    });

    /** What an operator sees of a server that cannot use its store: readiness, and the log. */
    async function troubleAt(redisUrl: string) {
      const app = await startAppWithUpstream({}, { env: { REDIS_URL: redisUrl } });
      try {
        const ready = () => new Browser(app.url).call('/api/health?ready');
        // Also while the first try to connect is under way: that must not be what the log says.
        await ready();
        await until(() => app.logged().includes('Redis is in trouble'), { what: 'a line in the log' });
        const answer = await ready();
        return { status: answer.status, says: answer.headers.get('x-reseal-ready'), logged: app.logged() };
      } finally {
        await app.close();
      }
    }

    test('a wrong password is named in readiness and in the log, and not shown', async () => {
      const { status, says, logged } = await troubleAt(url.replace(PASSWORD, 'not-the-password'));
      expect([status, says]).toEqual([503, 'store WRONGPASS']);
      expect(logged).toContain('"reason":"WRONGPASS"');
      expect(logged).not.toContain('not-the-password');
    });

    test('a user without a right is named in readiness and in the log', async () => {
      for (const server of secured.servers) await server.command('ACL', 'SETUSER', 'reseal', '-set');
      const { status, says } = await troubleAt(url);
      for (const server of secured.servers) await server.command('ACL', 'SETUSER', 'reseal', '+set');
      expect([status, says]).toEqual([503, 'store NOPERM']);
    });

    test('a certificate that is not trusted is named in readiness and in the log', async () => {
      setDefaultCACertificates(trusted);
      const { status, says, logged } = await troubleAt(url).finally(() =>
        setDefaultCACertificates([...trusted, certificates.ca]),
      );
      expect([status, says]).toEqual([503, 'store SELF_SIGNED_CERT_IN_CHAIN']);
      expect(logged).toContain('"reason":"SELF_SIGNED_CERT_IN_CHAIN"');
      expect(logged).not.toContain(PASSWORD);
    });
  });
});
