import { backchannelLogout } from '../../server/oidc/backchannel.ts';
import { unguarded, withHandler } from '../../server/withHandler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ POST: backchannelLogout }, unguarded);
