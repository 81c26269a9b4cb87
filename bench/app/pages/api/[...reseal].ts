import { pagesHandler } from '../../../../server/adapters/nextPages.ts';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

export default pagesHandler;
