import { parseCookie, stringifySetCookie } from 'cookie';
import { sealData, unsealData } from 'iron-session';
import type { LoginChecks } from './client.ts';
import type { Runtime } from '../../createReseal.ts';

/** A login that was begun in this browser and is not finished. */
export interface Transaction extends LoginChecks {
  readonly returnTo: string;
  readonly startedAtMs: number;
}

const TRANSACTION_MS = 10 * 60_000;
/** The session beside it may take 7000 of a request's 8 KB. */
const MAX_COOKIE_BYTES = 1000;
const MAX_RETURN_TO = 200;

type Part = Pick<Runtime, 'settings' | 'clock'>;

const isSecure = ({ settings }: Part) => settings.appUrl.protocol === 'https:';

function nameOf(runtime: Part): string {
  return isSecure(runtime) ? '__Host-Http-reseal_login' : 'reseal_login';
}

/** Lax and not Strict: it must come along on the way back from the provider, a navigation from another site. */
function cookie(runtime: Part, value: string, maxAge: number): string {
  return stringifySetCookie({
    name: nameOf(runtime),
    value,
    maxAge,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(runtime),
  });
}

/**
 * Seals a transaction into its cookie: one, always overwritten, so that abandoned logins do not pile up in the
 * `Cookie` header until a proxy refuses it.
 *
 * @returns a `Set-Cookie` value
 * @see RFC 9700 §2.1 and §4.7 (state, PKCE and nonce bound to the browser)
 */
export async function sealTransaction(runtime: Part, checks: LoginChecks, returnTo: string): Promise<string> {
  const place = returnTo.length > MAX_RETURN_TO ? '/notes' : returnTo;
  const transaction: Transaction = { ...checks, returnTo: place, startedAtMs: runtime.clock.now() };
  const password = runtime.settings.keyring.seal;
  const value = await sealData({ login: transaction }, { password, ttl: TRANSACTION_MS / 1000 });
  if (value.length > MAX_COOKIE_BYTES) throw new RangeError('The login transaction is too large.');
  return cookie(runtime, value, TRANSACTION_MS / 1000);
}

/** Opens the transaction that the browser brings; `null` where there is none, or it is too old. */
export async function openTransaction(
  runtime: Part,
  cookieHeader: string | undefined,
): Promise<Transaction | null> {
  const value = parseCookie(cookieHeader ?? '', { decode: (raw) => raw })[nameOf(runtime)] ?? '';
  if (value === '' || value.length > MAX_COOKIE_BYTES) return null;
  const password = runtime.settings.keyring.open;
  const { login } = await unsealData<{ login?: Transaction }>(value, { password, ttl: 0 });
  if (!login || runtime.clock.now() - login.startedAtMs > TRANSACTION_MS) return null;
  return login;
}

/** The `Set-Cookie` value that forgets the transaction: each is good for one answer. */
export function clearTransaction(runtime: Part): string {
  return cookie(runtime, '', 0);
}
