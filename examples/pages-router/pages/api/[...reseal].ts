import { reseal } from '../../reseal';

// Next reads this literal: a body parser would hold uploads in memory.
export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };
export default reseal.pagesHandler;
