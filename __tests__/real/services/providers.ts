import type { Service } from '../support/service.ts';

/** A real provider that knows this app as a client. */
export interface ProviderClient {
  readonly service: Service;
  readonly issuer: string;
  /** All that an operator sets for this provider beside `OIDC_ISSUER` and the four that every app needs. */
  readonly settings: Readonly<Record<string, string>>;
  /** A path of the provider that takes its access tokens: the upstream of the test. */
  readonly protectedPath: string;
  readonly tokenPath: string;
  readonly client: { readonly id: string; readonly secret: string };
  /** A line of its log for each refresh; a login may write one too. */
  readonly refreshLine: RegExp;
  /** Logs `ada` in on the provider's pages; answers where the browser is sent back to. */
  answer(at: URL): Promise<URL>;
  /** Ends ada's session at the provider, so that it logs out its clients; `null` where it has no such way. */
  readonly endSession: (() => Promise<void>) | null;
}
