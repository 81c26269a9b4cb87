import { finishLogin } from '../../server/oidc/callback.ts';
import { unguarded, withHandler } from '../../server/withHandler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ GET: finishLogin }, unguarded);
