import { listSessions } from '../../server/routes/sessions.ts';
import { withHandler } from '../../server/http/handler.ts';
import { withSession } from '../../server/http/sessionGuard.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ GET: withSession(listSessions) });
