import { forward } from '../../../../doors/bare.ts';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

export default forward;
