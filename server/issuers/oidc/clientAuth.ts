import * as client from 'openid-client';
import type { OidcSettings } from '../../settings/oidc.ts';

/**
 * Chooses the client authentication that the settings name; `auto` takes what the provider announces, Basic first.
 *
 * `client_secret_basic_raw` sends id and secret without form encoding, against RFC 6749 §2.3.1: some providers do not
 * decode it.
 *
 * @see RFC 6749 §2.3.1, OpenID Connect Core §9
 */
export function clientAuthentication(
  { clientAuth, clientSecret }: OidcSettings,
  metadata: client.ServerMetadata,
): client.ClientAuth {
  if (clientAuth === 'none' || clientSecret === null) return client.None();
  if (clientAuth === 'client_secret_basic_raw') return basic(clientSecret, (text) => text);
  // OpenID Connect Discovery §3: without a list, the method is client_secret_basic.
  const announced = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const isBasic =
    clientAuth === 'auto' ? announced.includes('client_secret_basic') : clientAuth === 'client_secret_basic';
  return isBasic ? basic(clientSecret, formEncode) : client.ClientSecretPost(clientSecret);
}

/** The library's own Basic also encodes `-`, `_` and `.`, which form encoding leaves alone: not every provider decodes. */
function basic(clientSecret: string, encode: (text: string) => string): client.ClientAuth {
  return (_server, { client_id }, _body, headers) => {
    const credentials = `${encode(client_id)}:${encode(clientSecret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  };
}

/** @see WHATWG URL, application/x-www-form-urlencoded percent-encode set */
const formEncode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
