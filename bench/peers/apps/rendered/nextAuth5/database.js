import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, name TEXT, email TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS sessions (sessionToken TEXT PRIMARY KEY, userId TEXT, expires INTEGER);
  CREATE TABLE IF NOT EXISTS accounts (
    provider TEXT, providerAccountId TEXT, userId TEXT, access_token TEXT, expires_at INTEGER, refresh_token TEXT,
    PRIMARY KEY (provider, providerAccountId)
  );`;

/**
 * The methods that a database session asks for, over a file that several processes share.
 *
 * @see https://authjs.dev/guides/creating-a-database-adapter
 */
export function openDatabase(file) {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec(SCHEMA);
  const row = (sql, ...values) => database.prepare(sql).get(...values) ?? null;
  const run = (sql, ...values) => void database.prepare(sql).run(...values);
  const userOf = (id) => row('SELECT * FROM users WHERE id = ?', id);
  const sessionOf = (session) => session && { ...session, expires: new Date(session.expires) };
  const updateAccount = ({ provider, providerAccountId, access_token, expires_at, refresh_token }) =>
    run(
      'UPDATE accounts SET access_token = ?, expires_at = ?, refresh_token = ? WHERE provider = ? AND providerAccountId = ?',
      ...[access_token, expires_at, refresh_token, provider, providerAccountId],
    );
  return {
    accountOf: (userId) => row('SELECT * FROM accounts WHERE userId = ?', userId),
    updateAccount,
    adapter: {
      async createUser({ name, email }) {
        const user = { id: randomUUID(), name, email };
        run('INSERT INTO users VALUES (?, ?, ?)', user.id, name, email);
        return user;
      },
      getUser: async (id) => userOf(id),
      getUserByEmail: async (email) => row('SELECT * FROM users WHERE email = ?', email),
      async getUserByAccount({ provider, providerAccountId }) {
        return row(
          'SELECT users.* FROM users JOIN accounts ON userId = id WHERE provider = ? AND providerAccountId = ?',
          ...[provider, providerAccountId],
        );
      },
      updateUser: async ({ id }) => userOf(id),
      async linkAccount({ provider, providerAccountId, userId, access_token, expires_at, refresh_token }) {
        run(
          'INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?)',
          ...[provider, providerAccountId, userId, access_token, expires_at, refresh_token],
        );
      },
      async createSession({ sessionToken, userId, expires }) {
        run('INSERT INTO sessions VALUES (?, ?, ?)', sessionToken, userId, expires.getTime());
        return { sessionToken, userId, expires };
      },
      async getSessionAndUser(sessionToken) {
        const session = sessionOf(row('SELECT * FROM sessions WHERE sessionToken = ?', sessionToken));
        return session && { session, user: userOf(session.userId) };
      },
      async updateSession({ sessionToken, expires }) {
        run('UPDATE sessions SET expires = ? WHERE sessionToken = ?', expires.getTime(), sessionToken);
        return sessionOf(row('SELECT * FROM sessions WHERE sessionToken = ?', sessionToken));
      },
      deleteSession: async (sessionToken) => run('DELETE FROM sessions WHERE sessionToken = ?', sessionToken),
    },
  };
}
