import { pagesHandler } from '../../../../server/adapters/nextPages.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default pagesHandler;
