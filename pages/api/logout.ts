import { logout } from '../../server/logout.ts';
import { withHandler } from '../../server/withHandler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ POST: logout });
