import { pagesHandler } from '../../server/adapters/nextPages.ts';

// The handler reads and streams bodies itself: a parser would hold uploads in memory and answer bad JSON in its own words.
export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

/** Every route of docs/wire.md; `npm start` answers them in front of Next, `next dev` and `next start` come here. */
export default pagesHandler;
