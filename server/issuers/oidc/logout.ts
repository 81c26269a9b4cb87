import * as client from 'openid-client';
import type { OidcSettings } from '../../settings/oidc.ts';
import type { Provider } from './provider.ts';

/**
 * Finds where the provider ends its own session; `null` when it has no such address, or the settings want none.
 *
 * A provider with another logout than OpenID's has its address in the settings, where `{client_id}`, `{return_to}`
 * and `{id_token}` stand for those values.
 *
 * @param idToken `null` where it is not kept: the client then names itself
 * @see OpenID Connect RP-Initiated Logout §2
 */
export async function endSessionUrl(
  { clientId, logoutUrl }: OidcSettings,
  returnUrl: URL,
  findProvider: () => Promise<Provider>,
  idToken: string | null,
): Promise<URL | null> {
  const returnTo = returnUrl.href;
  if (logoutUrl === 'none') return null;
  if (logoutUrl !== null) {
    const values: Record<string, string> = {
      client_id: clientId,
      return_to: returnTo,
      id_token: idToken ?? '',
    };
    return new URL(
      decodePlaceholders(logoutUrl).replace(/\{(\w+)\}/g, (whole, name: string) =>
        name in values ? encodeURIComponent(values[name] ?? '') : whole,
      ),
    );
  }
  const provider = await findProvider();
  if (!provider.metadata.end_session_endpoint) return null;
  return provider.call({}, (configuration) =>
    client.buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: returnTo,
      ...(idToken === null ? {} : { id_token_hint: idToken }),
    }),
  );
}

/** Braces may have been written as `%7B` and `%7D`. */
const decodePlaceholders = (text: string) => text.replace(/%7b(\w+)%7d/gi, '{$1}');
