import { createHash, timingSafeEqual } from 'node:crypto';
import { stringifySetCookie } from 'cookie';
import { sealData, unsealData } from 'iron-session';
import type { LoginChecks } from './client.ts';
import type { Clock } from '../../clock.ts';
import { readCookies } from '../../session/sealCookies.ts';
import type { Settings } from '../../settings/fromEnv.ts';
import type { Leases } from '../../store/contracts.ts';

/** A login that was begun in this browser and is not finished. */
export interface Transaction extends LoginChecks {
  readonly returnTo: string;
  /** The id of the session that this login steps up; absent where it starts one. */
  readonly stepUp?: string;
  readonly startedAtMs: number;
}

const TRANSACTION_MS = 10 * 60_000;
/** Clocks of instances, and of the store, may differ. */
const MARGIN_MS = 60_000;
/** How many logins a browser may have open at once: one for each tab that a person still looks at. */
const MAX_OPEN = 4;
const MAX_COOKIE_BYTES = 3000;
/** Proxies take 8 KB of header in a line; a long `returnTo` must not fill it, with the session beside it. */
const MAX_HEADER_BYTES = 7600;

/** What seals and opens transactions. */
export interface TransactionContext {
  readonly settings: Pick<Settings, 'appUrl' | 'keyring' | 'cookieName' | 'basePath' | 'startPage'>;
  readonly clock: Clock;
}

const isSecure = ({ settings }: TransactionContext) => settings.appUrl.protocol === 'https:';

/** The names of transaction cookies go on with the time, in seconds and base 36, and with the begin of the state. */
const prefixOf = (context: TransactionContext) =>
  `${isSecure(context) ? '__Host-Http-' : ''}${context.settings.cookieName}_login_`;

const markOf = (state: string) => state.slice(0, 8);

/** Lax and not Strict: it must come along on the way back from the provider, a navigation from another site. */
function cookie(context: TransactionContext, name: string, value: string, maxAge: number): string {
  return stringifySetCookie({
    name,
    value,
    maxAge,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(context),
  });
}

/** The transaction cookies that a request brings, the oldest first. */
function broughtBy(context: TransactionContext, cookieHeader: string | undefined): [string, string][] {
  const all = readCookies(cookieHeader);
  return Object.entries(all)
    .filter(
      (entry): entry is [string, string] => entry[0].startsWith(prefixOf(context)) && entry[1] !== undefined,
    )
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Seals a transaction into a cookie of its own, so that logins in several tabs finish independently. The oldest ones
 * are cleared: abandoned logins must not pile up in the `Cookie` header until a proxy refuses it.
 *
 * @param returnTo where the login leads; the app's start page where it is too long for a header
 * @returns `Set-Cookie` values
 * @see RFC 9700 §2.1 and §4.7 (state, PKCE and nonce bound to the browser)
 */
export async function sealTransaction(
  context: TransactionContext,
  checks: LoginChecks & Pick<Transaction, 'stepUp'>,
  returnTo: string,
  cookieHeader: string | undefined,
): Promise<readonly string[]> {
  const startedAtMs = context.clock.now();
  const password = context.settings.keyring.seal;
  const sealed = (place: string) =>
    sealData(
      { login: { ...checks, returnTo: place, startedAtMs } },
      { password, ttl: TRANSACTION_MS / 1000 },
    );
  const brought = broughtBy(context, cookieHeader);
  const sizeOf = ([name, value]: [string, string]) => name.length + value.length + 3;
  const others = (cookieHeader?.length ?? 0) - brought.reduce((sum, one) => sum + sizeOf(one), 0);
  const room = Math.min(MAX_COOKIE_BYTES, MAX_HEADER_BYTES - others);
  let value = await sealed(returnTo);
  if (value.length > room) value = await sealed(context.settings.basePath + context.settings.startPage);
  let left = MAX_HEADER_BYTES - others - value.length;
  const isKept = (one: [string, string], index: number) => index < MAX_OPEN - 1 && (left -= sizeOf(one)) >= 0;
  // The newest first: what no longer fits is the oldest.
  const outdated = brought.toReversed().filter((one, index) => !isKept(one, index));
  const name = `${prefixOf(context)}${Math.floor(startedAtMs / 1000).toString(36)}_${markOf(checks.state)}`;
  return [
    ...outdated.map(([old]) => cookie(context, old, '', 0)),
    cookie(context, name, value, TRANSACTION_MS / 1000),
  ];
}

/** A transaction that the browser brings, and the `Set-Cookie` value that forgets it: each is good for one answer. */
export interface OpenedTransaction {
  readonly transaction: Transaction;
  readonly clear: string;
}

/**
 * Opens the transaction that an answer's `state` belongs to; `mismatch` when the browser has logins open, but not this
 * one, and `null` when it has none, or it is too old.
 */
export async function openTransaction(
  context: TransactionContext,
  cookieHeader: string | undefined,
  state: string,
): Promise<OpenedTransaction | { readonly mismatch: Transaction } | null> {
  const brought = broughtBy(context, cookieHeader).toReversed();
  const opened = brought.map(async ([name, value]) => ({ name, transaction: await unseal(context, value) }));
  let other: Transaction | null = null;
  for await (const { name, transaction } of opened) {
    if (transaction && isSame(transaction.state, state))
      return { transaction, clear: cookie(context, name, '', 0) };
    other ??= transaction;
  }
  return other && { mismatch: other };
}

async function unseal(context: TransactionContext, value: string): Promise<Transaction | null> {
  if (value === '' || value.length > MAX_COOKIE_BYTES) return null;
  const password = context.settings.keyring.open;
  const { login } = await unsealData<{ login?: Transaction }>(value, { password, ttl: 0 });
  return login && context.clock.now() - login.startedAtMs <= TRANSACTION_MS ? login : null;
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

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
