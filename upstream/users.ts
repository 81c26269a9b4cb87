import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Account } from './options.ts';

/** A person as this service names them to others. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
}

export interface Users {
  /** Creates the accounts, or brings existing ones (by id) up to date. */
  seed(accounts: readonly Account[]): Promise<void>;
  /** Answers the person, or `null` if name or password is wrong, in the same time for both. */
  check(username: string, password: string): Promise<Person | null>;
  find(id: string): Person | null;
}

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly salt: Uint8Array;
  readonly password_hash: Uint8Array;
}

// A quarter of Node's default cost: the accounts are samples, and test suites log in by the hundred.
const COST = 4096;

const hash = (password: string, salt: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, 32, { cost: COST }, (error, key) => (error ? reject(error) : resolve(key)));
  });

/** Keeps the accounts, their passwords as scrypt hashes. */
export function createUsers(database: DatabaseSync): Users {
  const put = database.prepare(
    `INSERT INTO users (id, username, name, email, salt, password_hash) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET username = excluded.username, name = excluded.name, email = excluded.email,
       salt = excluded.salt, password_hash = excluded.password_hash`,
  );
  const byUsername = database.prepare('SELECT * FROM users WHERE username = ?');
  const byId = database.prepare('SELECT id, name, email FROM users WHERE id = ?');
  const unknownUser = { salt: randomBytes(16), password_hash: randomBytes(32) };

  return {
    async seed(accounts) {
      await Promise.all(
        accounts.map(async ({ id, username, password, name, email }) => {
          const salt = randomBytes(16);
          put.run(id, username, name, email ?? null, salt, await hash(password, salt));
        }),
      );
    },
    async check(username, password) {
      const row = byUsername.get(username) as UserRow | undefined;
      const { salt, password_hash } = row ?? unknownUser;
      const same = timingSafeEqual(await hash(password, salt), password_hash);
      return row && same ? { id: row.id, name: row.name, email: row.email } : null;
    },
    find(id) {
      const row = byId.get(id) as Person | undefined;
      return row ? { id: row.id, name: row.name, email: row.email } : null;
    },
  };
}
