import { startApp, type App, type AppOptions } from './app.ts';
import { oidcEnv, resourceEnv, startProvider, type TestProvider } from './testProvider.ts';

export interface OidcApp extends App {
  readonly provider: TestProvider;
}

/** Starts a provider, its resource server and the app between them; `close` stops all. */
export async function startOidcApp(
  { accessTtlSeconds = 5, fillerBytes = 2200, resources = [] as readonly string[] } = {},
  options: AppOptions = {},
): Promise<OidcApp> {
  const provider = await startProvider();
  const app = await startApp(`${provider.url}/resource`, {
    ...options,
    env: {
      ...oidcEnv(provider),
      ...(resources.length > 0 ? resourceEnv(provider, resources) : {}),
      ...options.env,
    },
  });
  await provider.configure({ appUrl: app.url, accessTtlSeconds, fillerBytes, resources });
  return {
    ...app,
    provider,
    close: async () => {
      await app.close();
      await provider.stop();
    },
  };
}
