import { freePort } from '../../../testing/redisServer.ts';
import { CookieJar } from '../support/cookieJar.ts';
import { newFolder, startService } from '../support/service.ts';
import type { ProviderClient } from './providers.ts';

/** better-auth's OAuth provider from npm's packages; its user is `ada@example.com` with `lovelace`. */
export async function startBetterAuth(appUrl: string, accessSeconds: number): Promise<ProviderClient> {
  const [folder, port] = [newFolder('better-auth'), await freePort()];
  const args = ['__tests__/real/npm/betterAuth/main.ts', `${port}`, appUrl, `${accessSeconds}`];
  const service = await startService({ command: process.execPath, args, port, folder });
  const issuer = `${service.url}/api/auth`;
  const client = JSON.parse(/^client (.+)$/m.exec(service.output())?.[1] ?? '{}') as {
    id: string;
    secret: string;
  };
  const jar = new CookieJar();
  const post = (path: string, body: object) =>
    jar.fetch(new URL(`/api/auth${path}`, service.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: service.url },
      body: JSON.stringify(body),
    });
  return {
    service,
    issuer,
    userInfoPath: '/api/auth/oauth2/userinfo',
    tokenPath: '/api/auth/oauth2/token',
    revocationPath: '/api/auth/oauth2/revoke',
    client,
    refreshLine: /POST \/api\/auth\/oauth2\/token/,
    answer: async (at) => {
      await post('/sign-in/email', { email: 'ada@example.com', password: 'lovelace' });
      const answered = await jar.fetch(at);
      const location = answered.headers.get('location') ?? ((await answered.json()) as { url: string }).url;
      return new URL(location, service.url);
    },
    endSession: async () => void (await post('/sign-out', {})),
  };
}
