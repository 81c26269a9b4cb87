import { proxy } from '../../../server/proxy.ts';
import { requireHeaderOrSameOriginRead } from '../../../server/requestGuard.ts';
import { withAnyMethod } from '../../../server/withHandler.ts';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

export default withAnyMethod(proxy, requireHeaderOrSameOriginRead);
