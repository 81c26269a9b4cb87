import { listSessions } from '../../server/otherSessions.ts';
import { withHandler } from '../../server/withHandler.ts';
import { withSession } from '../../server/withSession.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ GET: withSession(listSessions) });
