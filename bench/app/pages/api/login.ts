import route from '../../../../pages/api/login.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default route;
