import route from '../../../../../pages/api/upstream/[...path].ts';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

/** The proxy as the app has it. */
export default route;
