import { login } from '../../server/routes/login.ts';
import { beginLogin, guardAllButNavigation } from '../../server/routes/beginLogin.ts';
import { withHandler } from '../../server/http/handler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ GET: beginLogin, POST: login }, guardAllButNavigation);
