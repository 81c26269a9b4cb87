import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Settings } from './options.ts';
import { hashOf, type StatsBook } from './stats.ts';

/** A right to new access tokens, in the family that one login founded. */
export interface Grant {
  readonly familyId: string;
  readonly userId: string;
  /** Raised to refuse all access tokens of the family that are out. */
  readonly accessEpoch: number;
  readonly refreshToken: string;
}

export interface Tokens {
  /** Founds a family at login. */
  found(userId: string): Grant;
  /**
   * Exchanges a refresh token; `keep` leaves it usable.
   *
   * A used token kills its family, newest tokens included. Answers `null` where the grant is invalid.
   * @see RFC 9700 §4.14.2
   */
  present(token: string, keep: boolean): Grant | null;
  /** Ends the family of a token, living or used; answers whether there was one to end. @see RFC 7009 §2.1 */
  end(token: string): boolean;
  /** Ends every family of a person; answers how many there were to end. */
  endAll(userId: string): number;
  /** Whether the family was neither logged out nor revoked. */
  lives(familyId: string): boolean;
  /** Whether an access token of this family and epoch is still honoured. */
  honours(familyId: string, accessEpoch: number): boolean;
  /** Refuses the access tokens issued so far: of one person, of one family, or all. */
  expireAccess(whose: { readonly userId?: string; readonly sessionFamily?: string }): void;
}

interface FamilyRow {
  readonly user_id: string;
  readonly access_epoch: number;
  readonly revoked: number;
}

interface TokenRow extends FamilyRow {
  readonly family_id: string;
  readonly expires_at: number;
  readonly rotated_at: number | null;
}

interface Needs {
  readonly database: DatabaseSync;
  readonly settings: Settings;
  readonly stats: StatsBook;
  readonly now: () => number;
  /** Derives successors, so that a leeway can answer the same one again and no token is ever stored. */
  readonly secret: Uint8Array;
}

/** Keeps refresh-token families: rotation, reuse detection, revocation. Every method is atomic, being synchronous. */
export function createTokens({ database, settings, stats, now, secret }: Needs): Tokens {
  const addFamily = database.prepare('INSERT INTO families (id, user_id) VALUES (?, ?)');
  const addToken = database.prepare(
    'INSERT INTO refresh_tokens (hash, family_id, expires_at) VALUES (?, ?, ?)',
  );
  const findToken = database.prepare(
    'SELECT * FROM refresh_tokens JOIN families ON families.id = family_id WHERE hash = ?',
  );
  const markRotated = database.prepare('UPDATE refresh_tokens SET rotated_at = ? WHERE hash = ?');
  const revoke = database.prepare('UPDATE families SET revoked = 1 WHERE id = ? AND revoked = 0');
  const revokeAll = database.prepare('UPDATE families SET revoked = 1 WHERE user_id = ? AND revoked = 0');
  const findFamily = database.prepare('SELECT user_id, access_epoch, revoked FROM families WHERE id = ?');
  const expire = database.prepare(
    `UPDATE families SET access_epoch = access_epoch + 1
     WHERE user_id = coalesce(?, user_id) AND id = coalesce(?, id)`,
  );

  const find = (token: string) => findToken.get(hashOf(token)) as TokenRow | undefined;
  const family = (id: string) => findFamily.get(id) as FamilyRow | undefined;
  const successorOf = (token: string) =>
    createHmac('sha256', secret).update(`successor of ${token}`).digest('base64url');
  const store = (token: string, familyId: string) =>
    addToken.run(hashOf(token), familyId, now() + settings.refreshTtlSeconds * 1000);
  const grant = (row: TokenRow, refreshToken: string): Grant => ({
    familyId: row.family_id,
    userId: row.user_id,
    accessEpoch: row.access_epoch,
    refreshToken,
  });

  const forgiven = (token: string, rotatedAt: number): boolean =>
    settings.reuse === 'leeway' &&
    now() - rotatedAt <= settings.reuseLeewaySeconds * 1000 &&
    find(successorOf(token))?.rotated_at === null;

  return {
    found(userId) {
      const familyId = randomUUID();
      const refreshToken = randomBytes(32).toString('base64url');
      addFamily.run(familyId, userId);
      store(refreshToken, familyId);
      return { familyId, userId, accessEpoch: 0, refreshToken };
    },
    present(token, keep) {
      stats.presented(token);
      const row = find(token);
      if (!row) return null;
      if (row.rotated_at !== null && !forgiven(token, row.rotated_at)) {
        stats.count('reuseDetections');
        if (revoke.run(row.family_id).changes > 0) stats.count('familiesRevoked');
        return null;
      }
      if (row.revoked || row.expires_at <= now()) return null;
      if (row.rotated_at !== null) return grant(row, successorOf(token));
      if (keep) return grant(row, token);
      const successor = successorOf(token);
      // One transaction: a crash in between would leave a used token without a successor.
      database.exec('BEGIN IMMEDIATE');
      markRotated.run(now(), hashOf(token));
      store(successor, row.family_id);
      database.exec('COMMIT');
      return grant(row, successor);
    },
    end(token) {
      const row = find(token);
      return row !== undefined && revoke.run(row.family_id).changes > 0;
    },
    endAll: (userId) => Number(revokeAll.run(userId).changes),
    lives: (familyId) => family(familyId)?.revoked === 0,
    honours(familyId, accessEpoch) {
      const row = family(familyId);
      return row?.revoked === 0 && row.access_epoch === accessEpoch;
    },
    expireAccess({ userId, sessionFamily }) {
      expire.run(userId ?? null, sessionFamily ?? null);
    },
  };
}
