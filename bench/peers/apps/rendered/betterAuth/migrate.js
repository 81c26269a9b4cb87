import { getMigrations } from 'better-auth/db/migration';
import { auth } from './auth.js';

/** Makes the tables, as `npx @better-auth/cli migrate` does. */
await (await getMigrations(auth.options)).runMigrations();
