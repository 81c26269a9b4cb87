import { proxy } from '../../../server/proxy/forward.ts';
import { requireHeaderOrSameOriginRead } from '../../../server/http/csrfGuard.ts';
import { withAnyMethod } from '../../../server/http/handler.ts';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

export default withAnyMethod(proxy, requireHeaderOrSameOriginRead);
