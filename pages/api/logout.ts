import { logout } from '../../server/routes/logout.ts';
import { withHandler } from '../../server/http/handler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ POST: logout });
