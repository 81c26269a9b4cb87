import { backchannelLogout } from '../../server/routes/backchannelLogout.ts';
import { unguarded, withHandler } from '../../server/http/handler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ POST: backchannelLogout }, unguarded);
