import type { Service } from '../support/service.ts';

/** A real provider that knows this app as a client. */
export interface ProviderClient {
  readonly service: Service;
  readonly issuer: string;
  readonly userInfoPath: string;
  readonly tokenPath: string;
  /** `null` where the provider revokes nothing; its refresh tokens end with its own session. */
  readonly revocationPath: string | null;
  readonly client: { readonly id: string; readonly secret: string };
  /** A line of its log for each refresh; a login may write one too. */
  readonly refreshLine: RegExp;
  /** Logs `ada` in on the provider's pages; answers where the browser is sent back to. */
  answer(at: URL): Promise<URL>;
  /** Ends the session at the provider, as a logout on its own pages does. */
  endSession(idToken: string): Promise<void>;
}
