import { startDeployment, type Deployment } from '../../scripts/soak/deployment.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { describeWithRedis } from '../../testing/redisServer.ts';
import { until, works } from '../../testing/until.ts';

jest.setTimeout(300_000);

const REFRESH_TIMEOUT_MS = 2000;
/** How long a lease outlives its holder: the timeout of a refresh, and three prolongations. */
const PAUSE_MS = REFRESH_TIMEOUT_MS + 3000;

describeWithRedis('the holder of a lease is killed', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await startDeployment({ env: { REFRESH_TIMEOUT_MS: `${REFRESH_TIMEOUT_MS}` } });
  });
  afterAll(() => deployment.close());
  beforeEach(async () => {
    deployment.upstream.reset();
    await Promise.all(
      deployment.instances.map(({ url }) => until(async () => (await fetch(`${url}/api/health?ready`)).ok)),
    );
  });

  /** Signs Ada in, lets the first instance call the issuer, which hangs, and kills it there. */
  async function killInTheCall(kind: 'hang' | 'hangAfterRotate'): Promise<{ cookie: string; atMs: number }> {
    deployment.upstream.setOptions({ faults: { refresh: [{ kind, times: 1 }] } });
    const ada = new Browser(deployment.instances[0]!.url);
    // The first login of a process takes its time.
    await until(() => works(ada.login()));
    const { cookie } = ada;
    const asking = (async () => {
      while (deployment.upstream.stats().refreshCalls === 0)
        await ada.refresh(1, { cookie }).catch(() => null);
    })();
    await until(() => deployment.upstream.stats().refreshCalls === 1);
    await deployment.instances[0]!.kill();
    await asking;
    return { cookie, atMs: Date.now() };
  }

  /** Asks the others until one of them says more than "not now". */
  async function settled(cookie: string): Promise<Response> {
    const others = deployment.instances.slice(1).map(({ url }) => new Browser(url));
    for (let n = 0; ; n += 1) {
      const answer = await others[n % 2]!.refresh(1, { cookie });
      if (answer.status !== 503) return answer;
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  }

  test('before the issuer rotated: a pause, then the session is refreshed by another', async () => {
    const { cookie, atMs } = await killInTheCall('hang');
    const answer = await settled(cookie);
    expect((await infoOf(answer)).session.version).toBe(2);
    // The pause is what lets a call of the dead one, still on its way, arrive first.
    expect(Date.now() - atMs).toBeGreaterThan(REFRESH_TIMEOUT_MS);
    expect(Date.now() - atMs).toBeLessThan(PAUSE_MS + 3000);
    expect(deployment.upstream.stats()).toMatchObject({
      refreshCalls: 2,
      maxPresentations: 1,
      reuseDetections: 0,
    });
    await deployment.restart(0);
  });

  test('after the issuer rotated: no one has the new token, and the session ends, once and for all', async () => {
    const { cookie, atMs } = await killInTheCall('hangAfterRotate');
    const answer = await settled(cookie);
    expect(await codeOf(answer)).toBe('session_ended');
    expect(Date.now() - atMs).toBeLessThan(PAUSE_MS + 3000);
    // Twice, because that no one can know; and not a third time, no matter who asks.
    expect(deployment.upstream.stats()).toMatchObject({ refreshCalls: 2, maxPresentations: 2 });
    for (const { url } of deployment.instances.slice(1))
      expect(await codeOf(await new Browser(url).refresh(1, { cookie }))).toBe('session_ended');
    expect(deployment.upstream.stats().refreshCalls).toBe(2);
    await deployment.restart(0);
  });
});
