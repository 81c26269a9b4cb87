import { renew, whoAmI } from '../../server/routes/user.ts';
import { withHandler } from '../../server/http/handler.ts';
import { withSession } from '../../server/http/sessionGuard.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ GET: withSession(whoAmI), POST: withSession(renew) });
