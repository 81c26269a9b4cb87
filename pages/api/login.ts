import { login } from '../../server/login.ts';
import { beginLogin, guardAllButNavigation } from '../../server/oidc/begin.ts';
import { withHandler } from '../../server/withHandler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ GET: beginLogin, POST: login }, guardAllButNavigation);
