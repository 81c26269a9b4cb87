import route from '../../../../pages/api/user.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default route;
