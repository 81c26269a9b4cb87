import { createHash } from 'node:crypto';
import { stringifySetCookie } from 'cookie';
import { sealData, unsealData } from 'iron-session';
import type { LoginChecks } from './client.ts';
import type { Clock } from '../../clock.ts';
import { ourError } from '../../resealError.ts';
import { readCookies } from '../../session/sealCookies.ts';
import type { Settings } from '../../settings/fromEnv.ts';
import type { Leases } from '../../store/contracts.ts';

/** A login that was begun in this browser and is not finished. */
export interface Transaction extends LoginChecks {
  readonly returnTo: string;
  readonly startedAtMs: number;
}

const TRANSACTION_MS = 10 * 60_000;
/** Clocks of instances, and of the store, may differ. */
const MARGIN_MS = 60_000;
/** The session beside it may take 7000 of a request's 8 KB. */
const MAX_COOKIE_BYTES = 1000;
const MAX_RETURN_TO = 200;

/** What seals and opens transactions. */
export interface TransactionContext {
  readonly settings: Pick<Settings, 'appUrl' | 'keyring'>;
  readonly clock: Clock;
}

const isSecure = ({ settings }: TransactionContext) => settings.appUrl.protocol === 'https:';

function nameOf(context: TransactionContext): string {
  return isSecure(context) ? '__Host-Http-reseal_login' : 'reseal_login';
}

/** Lax and not Strict: it must come along on the way back from the provider, a navigation from another site. */
function cookie(context: TransactionContext, value: string, maxAge: number): string {
  return stringifySetCookie({
    name: nameOf(context),
    value,
    maxAge,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(context),
  });
}

/**
 * Seals a transaction into its cookie: one, always overwritten, so that abandoned logins do not pile up in the
 * `Cookie` header until a proxy refuses it.
 *
 * @returns a `Set-Cookie` value
 * @see RFC 9700 §2.1 and §4.7 (state, PKCE and nonce bound to the browser)
 */
export async function sealTransaction(
  context: TransactionContext,
  checks: LoginChecks,
  returnTo: string,
): Promise<string> {
  const place = returnTo.length > MAX_RETURN_TO ? '/notes' : returnTo;
  const transaction: Transaction = { ...checks, returnTo: place, startedAtMs: context.clock.now() };
  const password = context.settings.keyring.seal;
  const value = await sealData({ login: transaction }, { password, ttl: TRANSACTION_MS / 1000 });
  if (value.length > MAX_COOKIE_BYTES) throw ourError('The login transaction is too large.');
  return cookie(context, value, TRANSACTION_MS / 1000);
}

/** Opens the transaction that the browser brings; `null` where there is none, or it is too old. */
export async function openTransaction(
  context: TransactionContext,
  cookieHeader: string | undefined,
): Promise<Transaction | null> {
  const value = readCookies(cookieHeader)[nameOf(context)] ?? '';
  if (value === '' || value.length > MAX_COOKIE_BYTES) return null;
  const password = context.settings.keyring.open;
  const { login } = await unsealData<{ login?: Transaction }>(value, { password, ttl: 0 });
  if (!login || context.clock.now() - login.startedAtMs > TRANSACTION_MS) return null;
  return login;
}

/**
 * Takes a transaction for its one use, by a lease that is never given back.
 *
 * The browser forgets the cookie after one answer; a copy of it (in a proxy's log, in a second browser) would open again.
 *
 * @returns whether this is the first use
 * @throws {StoreUnreachable}
 * @see RFC 9700 §4.7.1
 */
export async function spendTransaction(leases: Leases, { state }: Transaction): Promise<boolean> {
  const name = createHash('sha256').update(state).digest('base64url');
  // A little longer than the transaction itself: a lease that ends first would open it again.
  return (await leases.acquire(`login:${name}`, TRANSACTION_MS + MARGIN_MS)) !== null;
}

/** The `Set-Cookie` value that forgets the transaction: each is good for one answer. */
export function clearTransaction(context: TransactionContext): string {
  return cookie(context, '', 0);
}
